using Coffer.Images;

namespace Coffer.Compilation;

/// <summary>
/// Writes what code needs when it runs, so that a module can be had again without validating or compiling it:
/// modes of the memories, constant expressions, offset map, and with a CIL image which functions call which. Numbers are LEB128,
/// all counts come before what they count.
/// </summary>
internal sealed class CompiledModuleWriter
{
    /// <summary>The first byte; changes with the form.</summary>
    public const byte Version = 1;

    // About what the numbers of an entry take, and of a call.
    private const int EntryBytes = 12, CallBytes = 2;

    private readonly MetadataBlob output;

    // It is most of a megabyte for large modules: too much to be copied while it grows.
    private CompiledModuleWriter(CompiledModule module) =>
        output = new MetadataBlob(module.Offsets.Bytes.Length + (module.Offsets.Count * EntryBytes) + ((module.Calls?.Count ?? 0) * CallBytes) + 64);

    /// <summary>The record of a module with native code.</summary>
    public static byte[] Write(CompiledModule module)
    {
        var writer = new CompiledModuleWriter(module);
        writer.Common(module);
        return writer.output.Written.ToArray();
    }

    /// <summary>The record of a module with a CIL image.</summary>
    public static ReadOnlyMemory<byte> WriteWithCalls(CompiledModule module)
    {
        var writer = new CompiledModuleWriter(module);
        writer.Common(module);
        writer.Number((uint)module.LargeBodies);
        writer.Calls(module.Calls!);
        return writer.output.WrittenMemory;
    }

    private void Common(CompiledModule module)
    {
        Byte(Version);
        Number((uint)module.GuardedMemories.Length);
        foreach (var isGuarded in module.GuardedMemories) Byte(isGuarded ? (byte)1 : (byte)0);
        Constants(module.Constants.Others);
        Number((uint)module.Offsets.Count);
        foreach (var entry in module.Offsets.Entries) Entry(entry);
        Number((uint)module.Offsets.Bytes.Length);
        output.WriteBytes(module.Offsets.Bytes);
    }

    /// <summary>By their offsets. Those that are a single instruction are read from the module again.</summary>
    private void Constants(Dictionary<int, ConstantCode> constants)
    {
        var count = 0;
        foreach (var code in constants.Values) count += code.Value.IsKnown ? 0 : 1;
        var offsets = new int[count];
        foreach (var (offset, code) in constants)
        {
            if (!code.Value.IsKnown) offsets[--count] = offset;
        }

        Array.Sort(offsets);
        Number((uint)offsets.Length);
        foreach (var offset in offsets)
        {
            Number((uint)offset);
            Number((uint)constants[offset].Extra);
        }
    }

    // The function of a constant expression is -1.
    private void Entry(OffsetMapEntry entry)
    {
        Number((uint)(entry.Function + 1));
        Number((uint)entry.Prologue);
        Number((uint)entry.Start);
        Number((uint)entry.Length);
    }

    // Of each function that the module defines; the others call nothing.
    private void Calls(CallGraph calls)
    {
        for (var function = calls.Imported; function < calls.Functions; function++)
        {
            var callees = calls.CalleesOf(function);
            Number((uint)callees.Length);
            foreach (var callee in callees) Number((uint)callee);
        }
    }

    private void Byte(byte value) => output.WriteByte(value);

    private void Number(uint value)
    {
        for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
        Byte((byte)value);
    }
}
