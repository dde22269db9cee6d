namespace Coffer.Types;

/// <summary>Validity of the subtypes of a recursion group (specification, section 3.2.10).</summary>
internal static class GroupValidation
{
    /// <summary>Checks the group whose first type has the index <paramref name="first"/>.</summary>
    public static void Check(
        RecursionGroup group, ReadOnlySpan<SubTypeDeclaration> members, int first, int maximumDepth)
    {
        // All depths before any matching, which walks up the chains.
        for (var i = 0; i < members.Length; i++)
        {
            var depth = group.Types[i].Depth;
            if (depth > maximumDepth)
            {
                ModuleLimits.ThrowExceeded(nameof(ModuleLimits.SubtypeDepth), maximumDepth, depth, members[i].Offset);
            }
        }

        for (var i = 0; i < members.Length; i++)
        {
            var type = group.Types[i];
            if (type.Supertype is not { } supertype) continue;
            if (!supertype.IsFinal && Subtyping.Matches(type.Composite, supertype.Composite)) continue;
            throw new InvalidException(
                $"sub type {first + i} does not match super type {members[i].SupertypeIndex}"
                    + (supertype.IsFinal ? ", which is final" : ""),
                members[i].Offset);
        }
    }
}
