using Coffer.Binary;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Matches definitions with imports (specification, section 4.7.2).</summary>
internal sealed class ImportBinder(Store store, ModuleDefinition module)
{
    /// <summary>Host functions that want to know the instance which is being made.</summary>
    public List<HostContext> Callers { get; } = [];

    public object Bind(ImportDeclaration import, object definition)
    {
        var matches = (import.Kind, definition) switch
        {
            (ExternalKind.Function, HostFunction host) => host.Fits(module.FunctionTypeOf(import.Index)),
            (ExternalKind.Function, FuncRef function) => RequireStore(import, function.Store)
                && function.Type.IsSubtypeOf(module.Types[module.Functions[import.Index].TypeIndex]),
            (ExternalKind.Table, Table table) => RequireStore(import, table.Store) && Matches(table, module.Tables[import.Index].Type),
            (ExternalKind.Memory, Memory memory) => RequireMemory(import, memory) && Matches(memory, module.Memories[import.Index]),
            (ExternalKind.Global, Global global) => RequireStore(import, global.Store) && Matches(global.Type, module.Globals[import.Index].Type),
            (ExternalKind.Tag, Tag tag) => RequireStore(import, tag.Store)
                && ReferenceEquals(tag.Type, module.Types[module.Tags[import.Index].TypeIndex]),
            _ => false,
        };
        if (!matches) throw Mismatch(import, definition);
        return definition is HostFunction hostFunction ? BindHost(import, hostFunction) : definition;
    }

    private FuncRef BindHost(ImportDeclaration import, HostFunction host)
    {
        var function = host.Bind(store, module.Types[module.Functions[import.Index].TypeIndex]);
        if (host.TakesCaller) Callers.Add((HostContext)function.Context);
        return function;
    }

    private bool RequireStore(ImportDeclaration import, Store other) => ReferenceEquals(store, other)
        ? true
        : throw new LinkException($"incompatible import: \"{import.Module}\" \"{import.Name}\" belongs to another store");

    private bool RequireMemory(ImportDeclaration import, Memory memory)
    {
        memory.Linear.ThrowIfDisposed();
        return memory.Type.Limits.IsShared || RequireStore(import, memory.Store);
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

    private LinkException Mismatch(ImportDeclaration import, object definition)
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
