using System.Buffers.Binary;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>Checked access to a guest's memory with the pointers it passed: 32-bit, and never to be trusted.</summary>
internal static class GuestMemory
{
    /// <summary>The bytes at a pointer; false when they are not inside the memory.</summary>
    public static bool TryGet(this Memory memory, int pointer, int length, out Span<byte> span)
    {
        // A span cannot be longer than int.MaxValue, and nothing a guest may ask for at once is.
        if (length >= 0) return memory.TryGetSpan((uint)pointer, (uint)length, out span);
        span = default;
        return false;
    }

    public static bool TryWrite(this Memory memory, int pointer, uint value)
    {
        if (!memory.TryGetSpan((uint)pointer, sizeof(uint), out var span)) return false;
        BinaryPrimitives.WriteUInt32LittleEndian(span, value);
        return true;
    }

    public static Errno Store(this Memory memory, int pointer, uint value) =>
        memory.TryWrite(pointer, value) ? Errno.Success : Errno.Fault;

    public static Errno Store(this Memory memory, int pointer, ulong value)
    {
        if (!memory.TryGetSpan((uint)pointer, sizeof(ulong), out var span)) return Errno.Fault;
        BinaryPrimitives.WriteUInt64LittleEndian(span, value);
        return Errno.Success;
    }
}
