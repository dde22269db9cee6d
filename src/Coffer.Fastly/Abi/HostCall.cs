using System.Buffers.Binary;
using System.Text;
using Coffer.Fastly.Running;

namespace Coffer.Fastly.Abi;

/// <summary>
/// One call of a guest into the host: checked access to its memory with the pointers it passed, which are never to be
/// trusted. What is out of range or not aligned ends the call with a <see cref="StatusException"/>.
/// </summary>
/// <remarks>A memory never moves, so that a span of it is good for the whole call, even when the call waits.</remarks>
internal readonly struct HostCall(Caller caller)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public FastlySession Session { get; } = (FastlySession)caller.Store.Data!;

    private readonly Memory memory = caller.Memory;

    public HandleTable Handles => Session.Handles;

    public Span<byte> Room(int pointer, int length) =>
        memory.TryGetSpan((uint)pointer, (uint)length, out var span) ? span : throw new StatusException(FastlyStatus.InvalidArgument);

    public ReadOnlySpan<byte> Bytes(int pointer, int length) => Room(pointer, length);

    /// <summary>A text, which must be UTF-8.</summary>
    public string Text(int pointer, int length)
    {
        try
        {
            return Strict.GetString(Room(pointer, length));
        }
        catch (DecoderFallbackException)
        {
            throw new StatusException(FastlyStatus.InvalidArgument);
        }
    }

    /// <summary>A text that is not longer than it may be; longer ones are not copied.</summary>
    public string Text(int pointer, int length, int maximum) =>
        (uint)length > (uint)maximum ? throw new StatusException(FastlyStatus.InvalidArgument) : Text(pointer, length);

    public uint ReadU32(int pointer) => BinaryPrimitives.ReadUInt32LittleEndian(Aligned(pointer, sizeof(uint)));

    public ulong ReadU64(int pointer) => BinaryPrimitives.ReadUInt64LittleEndian(Aligned(pointer, sizeof(ulong)));

    public void Write(int pointer, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Aligned(pointer, sizeof(uint)), value);

    public void Write(int pointer, int value) => Write(pointer, (uint)value);

    public void Write(int pointer, bool value) => Write(pointer, value ? 1U : 0);

    public void Write(int pointer, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Aligned(pointer, sizeof(ushort)), value);

    public void Write(int pointer, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Aligned(pointer, sizeof(ulong)), value);

    public void Write(int pointer, long value) => Write(pointer, (ulong)value);

    private Span<byte> Aligned(int pointer, int size) =>
        (uint)pointer % (uint)size == 0 ? Room(pointer, size) : throw new StatusException(FastlyStatus.BadAlignment);

    /// <summary>Gives bytes to the guest; when they are more than its buffer has room for, it learns how many.</summary>
    public FastlyStatus Give(ReadOnlySpan<byte> bytes, int buffer, int length, int writtenTo)
    {
        if ((uint)bytes.Length > (uint)length)
        {
            Write(writtenTo, bytes.Length);
            return FastlyStatus.BufferLength;
        }

        bytes.CopyTo(Room(buffer, bytes.Length));
        Write(writtenTo, bytes.Length);
        return FastlyStatus.Ok;
    }

    public FastlyStatus Give(string text, int buffer, int length, int writtenTo) =>
        Give(Encoding.UTF8.GetBytes(text), buffer, length, writtenTo);

    /// <summary>
    /// Gives many values to the guest, each with a zero behind it, as many as its buffer has room for from the cursor on. The
    /// ending cursor is where to go on, or -1 at the end.
    /// </summary>
    public FastlyStatus Give<T>(T values, int count, Func<T, int, ReadOnlyMemory<byte>> valueAt, int buffer, int length, int cursor, int endingTo, int writtenTo)
    {
        var room = Room(buffer, length);
        var written = 0;
        var index = Math.Min((uint)cursor, (uint)count);
        for (; index < count; index++)
        {
            var value = valueAt(values, (int)index).Span;
            if (value.Length + 1 > room.Length - written)
            {
                if (written > 0) break;
                if (endingTo != 0) Write(endingTo, -1L);
                Write(writtenTo, value.Length + 1);
                return FastlyStatus.BufferLength;
            }

            value.CopyTo(room[written..]);
            room[written + value.Length] = 0;
            written += value.Length + 1;
        }

        if (endingTo != 0) Write(endingTo, index == count ? -1L : index);
        Write(writtenTo, written);
        return FastlyStatus.Ok;
    }

    /// <summary>Takes handles that lie in the guest's memory.</summary>
    public uint[] Handles32(int pointer, int count)
    {
        if (count == 0) return [];
        if ((uint)count > HandleTable.MaximumSelected) throw new StatusException(FastlyStatus.LimitExceeded);
        if (pointer % sizeof(uint) != 0) throw new StatusException(FastlyStatus.BadAlignment);
        var bytes = Bytes(pointer, count * sizeof(uint));
        var handles = new uint[count];
        for (var i = 0; i < count; i++) handles[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return handles;
    }
}
