using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// A standard stream of the process by its descriptor, which unlike other streams can say whether it would wait. It stays
/// open.
/// </summary>
internal sealed class HostStream : ReadyStream
{
    // What a pipe that is ready takes without waiting (PIPE_BUF).
    private const int PipeBytes = 4096;
    private readonly int descriptor;
    private readonly bool neverWaits, isInput;
    private readonly DescriptorReadiness readiness;

    public HostStream(int descriptor, bool isInput)
    {
        this.descriptor = descriptor;
        this.isInput = isInput;
        readiness = new DescriptorReadiness(descriptor);
        neverWaits = LinuxStatus.Get(descriptor, [], out var status) == Errno.Success
            && status.Type is FileType.RegularFile or FileType.BlockDevice;
    }

    public override bool CanRead => isInput;

    public override bool CanWrite => !isInput;

    public override Task WhenReadable() => neverWaits ? Task.CompletedTask : readiness.WhenReadable();

    public override Task WhenWritable() => neverWaits ? Task.CompletedTask : readiness.WhenWritable();

    public override Errno TryRead(Span<byte> destination, out int read)
    {
        read = 0;
        if (!neverWaits && !readiness.WhenReadable().IsCompleted) return Errno.Again;
        return Count(Libc.Read(descriptor, destination), out read);
    }

    public override Errno TryWrite(ReadOnlySpan<byte> source, out int written)
    {
        if (neverWaits) return Count(Libc.Write(descriptor, source), out written);
        written = 0;
        while (!source.IsEmpty && Libc.Poll(descriptor, Libc.PollWritable, 0))
        {
            var error = Count(Libc.Write(descriptor, source[..Math.Min(source.Length, PipeBytes)]), out var count);
            if (error != Errno.Success) return written > 0 ? Errno.Success : error;
            written += count;
            source = source[count..];
        }

        return written > 0 || source.IsEmpty ? Errno.Success : Errno.Again;
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var error = Count(Libc.Read(descriptor, buffer), out var read);
            if (error == Errno.Success) return read;
            if (error is Errno.Again) Libc.Poll(descriptor, Libc.PollReadable, -1);
            else if (error != Errno.Interrupted) throw new IOException($"Standard input cannot be read ({error}).");
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var error = Count(Libc.Write(descriptor, buffer), out var written);
            if (error is Errno.Again) Libc.Poll(descriptor, Libc.PollWritable, -1);
            else if (error is not (Errno.Success or Errno.Interrupted)) throw new IOException($"Standard output cannot be written ({error}).");
            buffer = buffer[written..];
        }
    }

    private static Errno Count(nint result, out int count)
    {
        count = result < 0 ? 0 : (int)result;
        return result < 0 ? LinuxError.Last : Errno.Success;
    }
}
