using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// Makes a module of a running instance: its instances begin where that one is. What a program does once at its start
/// (reading its configuration, filling its caches) is then done when the snapshot is taken, as wizer does it. Use it from
/// the thread that uses the store.
/// </summary>
/// <remarks>
/// What a module cannot say about its own beginning cannot be kept: the call is refused when the instance imports memories,
/// tables or mutable globals, when a table is not as the module says, when element segments were dropped, and when a mutable
/// global refers to something that is neither null nor a function of the module. What the host knows of the guest is not
/// in the instance, and whoever takes the snapshot must see that none of it is needed: open files, above all.
/// </remarks>
public static class ModuleSnapshot
{
    // A segment costs some bytes itself; zeros between two that are fewer than this belong to it.
    private const int ShortestGap = 32;

    // Engines allow 100,000 in all.
    private const int MostSegments = 50_000;
    private const int LargestSegment = 1 << 30;

    /// <summary>The binary module whose instances begin in the state of this one, without a start function.</summary>
    /// <param name="instance">The instance. No function of it may be running.</param>
    /// <param name="withoutExports">Names that the new module does not export: of what has been done already.</param>
    /// <exception cref="SnapshotException">The instance has something that a module cannot begin with.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public static byte[] Take(Instance instance, params IEnumerable<string> withoutExports)
    {
        ArgumentNullException.ThrowIfNull(instance);
        var module = instance.Module.Definition;
        RequireNothingImported(module);
        RequireTablesAsDeclared(instance);
        var memories = instance.Guest.Memories;
        foreach (var memory in memories) memory.ThrowIfDisposed();
        return new SnapshotSections(module)
        {
            MemoryPages = [.. memories.Select(memory => memory.PageCount)],
            Globals = [.. Enumerable.Range(module.ImportedGlobals, module.Globals.Length - module.ImportedGlobals)
                .Select(index => ValueOf(instance, index))],
            IsSegmentAlive = [.. instance.Guest.Data.Zip(module.Data, (left, segment) => !left.IsEmpty || segment.Content.Length == 0)],
            Content = ContentOf(instance),
            WithoutExports = withoutExports.ToHashSet(StringComparer.Ordinal),
        }.Write();
    }

    private static void RequireNothingImported(ModuleDefinition module)
    {
        foreach (var import in module.Imports)
        {
            var isState = import.Kind is ExternalKind.Memory or ExternalKind.Table
                || (import.Kind == ExternalKind.Global && module.Globals[import.Index].Type.IsMutable);
            if (isState)
            {
                throw new SnapshotException(
                    $"the module imports the {import.Kind.ToString().ToLowerInvariant()} \"{import.Module}\" \"{import.Name}\", whose state is not its own");
            }
        }
    }

    private static void RequireTablesAsDeclared(Instance instance)
    {
        var (module, guest) = (instance.Module.Definition, instance.Guest);
        var functions = instance.Module.Template.TableFunctions;
        for (var i = 0; i < module.Tables.Length; i++)
        {
            var isAsDeclared = functions is not null && module.Tables[i].Initializer.Length == 0
                && (ulong)guest.Tables[i].Length == module.Tables[i].Type.Limits.Minimum
                && guest.Tables[i].IsAsFilled(guest, functions[i] ?? []);
            if (!isAsDeclared)
            {
                throw new SnapshotException(
                    $"table {i} was changed, or begins with what is not constant; only tables that are as the module's element segments say can be kept");
            }
        }

        for (var i = 0; i < module.Elements.Length; i++)
        {
            if (module.Elements[i] is { Mode: SegmentMode.Passive, Count: > 0 } && guest.Elements[i].Length == 0)
            {
                throw new SnapshotException($"element segment {i} was dropped, which a module cannot begin with");
            }
        }
    }

    /// <summary>A constant expression for the value of a global; null for the initial one of the module.</summary>
    private static byte[]? ValueOf(Instance instance, int index)
    {
        var type = instance.Module.Definition.Globals[index].Type;
        if (!type.IsMutable) return null;
        var value = LoadedCode.ReadGlobal(instance.Guest, index);
        var writer = new WasmWriter();
        switch (value.Kind)
        {
            case ValueKind.I32:
                writer.WriteByte(0x41);
                writer.WriteSigned(value.AsI32());
                break;
            case ValueKind.I64:
                writer.WriteByte(0x42);
                writer.WriteSigned(value.AsI64());
                break;
            case ValueKind.F32:
                writer.WriteByte(0x43);
                writer.WriteFixed32(BitConverter.SingleToUInt32Bits(value.AsF32()));
                break;
            case ValueKind.F64:
                writer.WriteByte(0x44);
                writer.WriteFixed64(BitConverter.DoubleToUInt64Bits(value.AsF64()));
                break;
            case ValueKind.V128:
                Span<byte> bytes = stackalloc byte[16];
                System.Runtime.Intrinsics.Vector128.CopyTo(value.AsV128(), bytes);
                writer.WriteByte(0xFD);
                writer.WriteUnsigned(12);
                writer.WriteBytes(bytes);
                break;
            default:
                WriteReference(writer, instance, index, type.Type, value.AsReference());
                break;
        }

        writer.WriteByte(0x0B);
        return writer.ToArray();
    }

    private static void WriteReference(WasmWriter writer, Instance instance, int index, ValueType type, object? reference)
    {
        if (reference is null)
        {
            writer.WriteByte(0xD0);
            writer.WriteByte((byte)(Subtyping.Top(type.Heap) switch
            {
                // The plain types, where they do: not every consumer knows the bottom ones.
                HeapKind.Func when type.Heap.Kind == HeapKind.Func => HeapKind.Func,
                HeapKind.Func => HeapKind.NoFunc,
                HeapKind.Extern when type.Heap.Kind == HeapKind.Extern => HeapKind.Extern,
                HeapKind.Extern => HeapKind.NoExtern,
                HeapKind.Exn => HeapKind.NoExn,
                _ => HeapKind.None,
            }));
            return;
        }

        if (instance.Guest.IndexOf(reference) is not { } function)
        {
            throw new SnapshotException(
                $"global {index} refers to {reference}, which is no function of the module; a module can begin with null and its functions only");
        }

        writer.WriteByte(0xD2);
        writer.WriteUnsigned((ulong)function);
    }

    private static List<SnapshotBytes> ContentOf(Instance instance)
    {
        for (var gap = ShortestGap; ; gap *= 4)
        {
            var pieces = new List<SnapshotBytes>();
            for (var i = 0; i < instance.Guest.Memories.Length && pieces.Count <= MostSegments; i++)
            {
                Collect(instance.Guest.Memories[i], i, gap, pieces);
            }

            if (pieces.Count <= MostSegments) return pieces;
        }
    }

    private static void Collect(Runtime.LinearMemory memory, int index, int gap, List<SnapshotBytes> pieces)
    {
        for (ulong start = 0; start < memory.ByteLength; start += LargestSegment)
        {
            var bytes = memory.GetSpan(start, Math.Min(LargestSegment, memory.ByteLength - start));
            for (var position = 0; pieces.Count <= MostSegments;)
            {
                var first = bytes[position..].IndexOfAnyExcept((byte)0);
                if (first < 0) break;
                position += first;
                var end = EndOfPiece(bytes, position, gap);
                pieces.Add(new SnapshotBytes(index, start + (ulong)position, bytes[position..end].ToArray()));
                position = end;
            }
        }
    }

    /// <summary>The end of what is not zero, before so many zeros.</summary>
    private static int EndOfPiece(ReadOnlySpan<byte> bytes, int position, int gap)
    {
        while (true)
        {
            var zeros = bytes[position..].IndexOf((byte)0);
            if (zeros < 0) return bytes.Length;
            position += zeros;
            var length = bytes[position..].IndexOfAnyExcept((byte)0);
            if (length < 0 || length >= gap) return position;
            position += length;
        }
    }
}

/// <summary>An instance has something that no module can begin with; see <see cref="ModuleSnapshot"/>.</summary>
public sealed class SnapshotException : CofferException
{
    /// <summary>A snapshot cannot be taken.</summary>
    public SnapshotException(string message) : base(message)
    {
    }
}
