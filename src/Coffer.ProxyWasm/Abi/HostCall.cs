using System.Buffers.Binary;
using System.Text;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Abi;

/// <summary>
/// One call of a filter into the host: checked access to its memory with the pointers it passed, which are never to be
/// trusted. A span of guest memory is good until the guest is called again, and results are allocated by calling it.
/// </summary>
internal readonly struct HostCall(Caller caller)
{
    public FilterVm Vm { get; } = (FilterVm)caller.Store.Data!;

    /// <summary>The filter that the call is of; there may be others in its VM.</summary>
    public FilterRoot Root => Vm.Effective.Root;

    /// <summary>What the call acts on.</summary>
    public FilterContext Context => Vm.Effective;

    /// <summary>
    /// The stream that the call acts on. A response of an upstream is delivered to the root; then it is the stream that asked
    /// for it, unless the filter chose another.
    /// </summary>
    public FilterStream? Stream => Vm.Effective.Stream ?? Vm.DeliveringFor?.Stream;

    private Memory Memory => caller.Memory;

    public bool TryRead(int pointer, int length, out ReadOnlySpan<byte> bytes)
    {
        var isInside = Memory.TryGetSpan((uint)pointer, (uint)length, out var span);
        bytes = span;
        return isInside;
    }

    public bool TryReadText(int pointer, int length, out string text)
    {
        var isInside = TryRead(pointer, length, out var bytes);
        text = Encoding.UTF8.GetString(bytes);
        return isInside;
    }

    public bool TryReadBytes(int pointer, int length, out byte[] copy)
    {
        var isInside = TryRead(pointer, length, out var bytes);
        copy = bytes.ToArray();
        return isInside;
    }

    public bool TryWrite(int pointer, int value)
    {
        if (!Memory.TryGetSpan((uint)pointer, sizeof(int), out var span)) return false;
        BinaryPrimitives.WriteInt32LittleEndian(span, value);
        return true;
    }

    public bool TryWrite(int pointer, long value)
    {
        if (!Memory.TryGetSpan((uint)pointer, sizeof(long), out var span)) return false;
        BinaryPrimitives.WriteInt64LittleEndian(span, value);
        return true;
    }

    /// <summary>Gives bytes to the filter, in memory that it allocates; nothing becomes a null pointer.</summary>
    public ProxyStatus Return(ReadOnlySpan<byte> bytes, int pointerTo, int sizeTo)
    {
        var status = Allocate(bytes.Length, pointerTo, sizeTo, out var target);
        if (status == ProxyStatus.Ok) bytes.CopyTo(target);
        return status;
    }

    /// <summary>Gives a text to the filter.</summary>
    public ProxyStatus Return(string text, int pointerTo, int sizeTo)
    {
        var status = Allocate(Encoding.UTF8.GetByteCount(text), pointerTo, sizeTo, out var target);
        if (status == ProxyStatus.Ok) Encoding.UTF8.GetBytes(text, target);
        return status;
    }

    /// <summary>
    /// Lets the filter allocate memory and tells it where; the bytes are what <paramref name="target"/> is filled with after
    /// that, when the guest is not called any more.
    /// </summary>
    public ProxyStatus Allocate(int length, int pointerTo, int sizeTo, out Span<byte> target)
    {
        target = default;
        var pointer = 0;
        // The SDK for Go takes null for nothing, that for AssemblyScript an object in front of the bytes, even of none.
        if (length > 0 || Vm.IsAssemblyScript)
        {
            if (Vm.Callbacks?.Allocate is not { } allocate) return ProxyStatus.InternalFailure;
            pointer = allocate(length);
            if (pointer == 0 || !Memory.TryGetSpan((uint)pointer, (uint)length, out target)) return ProxyStatus.InvalidMemoryAccess;
        }

        return TryWrite(pointerTo, pointer) && TryWrite(sizeTo, length) ? ProxyStatus.Ok : ProxyStatus.InvalidMemoryAccess;
    }
}
