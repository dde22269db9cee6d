using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What is wrong with the arguments of a call, before it touches a file system.</summary>
internal sealed class Mistakes(WasiModel model, WasiCall call, byte[] memory)
{
    private const int MostPathBytes = 4096, MostBuffers = 1024;
    private readonly List<Errno> found = [];
    private bool hasBadPointer;

    public bool Any => hasBadPointer || found.Count > 0;

    /// <summary>What the call must come to. A bad pointer hides what else there is to be wrong.</summary>
    public Expectation Expected => hasBadPointer ? Expectation.Failure() : Expectation.Of(found);

    public void If(bool isWrong, Errno error)
    {
        if (isWrong) found.Add(error);
    }

    /// <summary>The descriptor of a file.</summary>
    public ModelDescriptor? File(int index, ulong rights)
    {
        var descriptor = Descriptor(index, 0);
        If(descriptor is { IsFolder: true }, Errno.BadDescriptor);
        If(descriptor is { IsFolder: false } && !descriptor.Has(rights), Errno.NotCapable);
        return descriptor;
    }

    /// <summary>The descriptor of a folder.</summary>
    public ModelDescriptor? Folder(int index, ulong rights)
    {
        var descriptor = Descriptor(index, 0);
        If(descriptor is { IsFolder: false }, Errno.NotDirectory);
        If(descriptor is { IsFolder: true } && !descriptor.Has(rights), Errno.NotCapable);
        return descriptor;
    }

    public ModelDescriptor? Descriptor(int index, ulong rights)
    {
        var descriptor = model.Find(call.Number(index));
        If(descriptor is null, Errno.BadDescriptor);
        If(descriptor is not null && !descriptor.Has(rights), Errno.NotCapable);
        return descriptor;
    }

    /// <summary>A place to write to.</summary>
    public uint Output(int index, long length)
    {
        if (!IsInside(call.Pointer(index), length)) hasBadPointer = true;
        return call.Pointer(index);
    }

    /// <summary>A path and its length behind it.</summary>
    public string Path(int index, bool mayBeAbsolute = false)
    {
        var (start, length) = (call.Pointer(index), call.Pointer(index + 1));
        if (!IsInside(start, length))
        {
            hasBadPointer = true;
            return "";
        }

        var bytes = memory.AsSpan((int)start, (int)length);
        If(length >= MostPathBytes, Errno.NameTooLong);
        If(length == 0, Errno.NotFound);
        If(bytes.Contains((byte)0), Errno.Invalid);
        If(!System.Text.Unicode.Utf8.IsValid(bytes), Errno.IllegalSequence);
        If(!mayBeAbsolute && bytes.StartsWith("/"u8), Errno.Permission);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A list of buffers and its length behind it.</summary>
    public List<(long Start, long Length)> Buffers(int index)
    {
        var (start, count) = (call.Pointer(index), call.Pointer(index + 1));
        var buffers = new List<(long Start, long Length)>();
        If(count > MostBuffers, Errno.Invalid);
        if (count > MostBuffers) return buffers;
        if (!IsInside(start, count * 8))
        {
            hasBadPointer = true;
            return buffers;
        }

        for (var i = 0; i < count; i++)
        {
            var place = (int)start + i * 8;
            buffers.Add((BitConverter.ToUInt32(memory, place), BitConverter.ToUInt32(memory, place + 4)));
        }

        If(buffers.Sum(buffer => buffer.Length) > uint.MaxValue, Errno.Invalid);
        return buffers;
    }

    public static bool IsInside(long start, long length) => start + length <= WasiSandbox.MemoryBytes;
}
