using Coffer.Binary;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Matches definitions with imports (specification, section 4.7.2).</summary>
internal static class ImportMatching
{
    /// <summary>Throws unless a host function or an entity of a store has the type that a module imports.</summary>
    /// <exception cref="LinkException">It has another.</exception>
    public static void Require(ModuleDefinition module, ImportDeclaration import, object definition)
    {
        if (definition is Memory memory) memory.Linear.ThrowIfDisposed();
        var matches = (import.Kind, definition) switch
        {
            (ExternalKind.Function, HostFunction host) => host.Fits(module.FunctionTypeOf(import.Index)),
            (ExternalKind.Function, FuncRef function) =>
                function.Type.IsSubtypeOf(module.Types[module.Functions[import.Index].TypeIndex]),
            (ExternalKind.Table, Table table) => Matches(table, module.Tables[import.Index].Type),
            (ExternalKind.Memory, Memory offered) => Matches(offered, module.Memories[import.Index]),
            (ExternalKind.Global, Global global) => Matches(global.Type, module.Globals[import.Index].Type),
            (ExternalKind.Tag, Tag tag) => ReferenceEquals(tag.Type, module.Types[module.Tags[import.Index].TypeIndex]),
            _ => false,
        };
        if (!matches) throw Mismatch(module, import, definition);
    }

    /// <summary>Throws unless what is imported can be used in a store: entities belong to one, but for shared memories.</summary>
    /// <exception cref="LinkException">It belongs to another store.</exception>
    public static void RequireStore(ImportDeclaration import, object definition, Store store)
    {
        var owner = definition switch
        {
            FuncRef function => function.Store,
            Table table => table.Store,
            Memory { Type.Limits.IsShared: false } memory => memory.Store,
            Global global => global.Store,
            Tag tag => tag.Store,
            _ => store,
        };
        if (definition is Memory mapped) mapped.Linear.ThrowIfDisposed();
        if (!ReferenceEquals(store, owner))
        {
            throw new LinkException($"incompatible import: \"{import.Module}\" \"{import.Name}\" belongs to another store");
        }
    }

    private static bool Matches(Table table, TableType type) =>
        table.Type.Element == type.Element
        && Matches((ulong)table.Count, table.Type.Limits, type.Limits);

    private static bool Matches(Memory memory, MemoryType type) =>
        memory.Type.PageSizeLog2 == type.PageSizeLog2
        && memory.Type.Limits.IsShared == type.Limits.IsShared
        && Matches(memory.PageCount, memory.Type.Limits, type.Limits);

    private static bool Matches(ulong size, Limits actual, Limits expected) =>
        actual.Is64 == expected.Is64 && size >= expected.Minimum
        && (expected.Maximum is null || actual.Maximum <= expected.Maximum);

    private static bool Matches(GlobalType actual, GlobalType expected) =>
        actual.IsMutable == expected.IsMutable
        && (actual.IsMutable ? actual.Type == expected.Type : Subtyping.Matches(actual.Type, expected.Type));

    private static LinkException Mismatch(ModuleDefinition module, ImportDeclaration import, object definition)
    {
        object expected = import.Kind switch
        {
            ExternalKind.Function => module.FunctionTypeOf(import.Index),
            ExternalKind.Table => module.Tables[import.Index].Type,
            ExternalKind.Memory => module.Memories[import.Index],
            ExternalKind.Global => module.Globals[import.Index].Type,
            _ => module.Types[module.Tags[import.Index].TypeIndex],
        };
        var actual = definition switch
        {
            HostFunction host => $"a host function {host.NaturalType}",
            FuncRef function => $"a function {function.FunctionType}",
            Table table => $"a table {table.Type} of {table.Count} elements",
            Memory memory => $"a memory {memory.Type} of {memory.PageCount} pages",
            Global global => $"a global {global.Type}",
            Tag tag => $"a tag {tag.FunctionType}",
            _ => definition.ToString(),
        };
        return new LinkException(
            $"incompatible import type: \"{import.Module}\" \"{import.Name}\" must be a {import.Kind.ToString().ToLowerInvariant()} {expected}, but is {actual}");
    }
}
