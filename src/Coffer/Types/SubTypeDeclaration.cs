namespace Coffer.Types;

/// <summary>
/// A type as a module wrote it, before canonicalization: concrete heap types inside are module type indices
/// (<see cref="HeapType.Index"/>) with no <see cref="HeapType.Definition"/>.
/// </summary>
/// <param name="Offset">Where it begins in the module, for error messages.</param>
/// <param name="IsFinal">Whether it may have no subtypes.</param>
/// <param name="SupertypeIndex">The declared supertype's index, or -1.</param>
/// <param name="Composite">The structure.</param>
internal sealed record SubTypeDeclaration(long Offset, bool IsFinal, int SupertypeIndex, CompositeType Composite);

/// <summary>A <c>rec</c> group as written: the index of its first type, how many, and whether <c>rec</c> was explicit.</summary>
internal readonly record struct RecursionGroupDeclaration(int First, int Count, bool IsExplicit);
