using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// When a descriptor of the system can be read or written. Asking costs one system call; only when it cannot, another
/// thread waits for it.
/// </summary>
internal sealed class DescriptorReadiness(int descriptor) : IDisposable
{
    // Between two looks whether anybody is still interested.
    private const int SliceMilliseconds = 200;
    private readonly SideThread readers = new(), writers = new();
    private Task readable = Task.CompletedTask, writable = Task.CompletedTask;
    private volatile bool disposed;

    public Task WhenReadable() => When(ref readable, readers, Libc.PollReadable);

    public Task WhenWritable() => When(ref writable, writers, Libc.PollWritable);

    public void Dispose()
    {
        disposed = true;
        readers.Dispose();
        writers.Dispose();
    }

    private Task When(ref Task waiting, SideThread thread, short events)
    {
        if (!waiting.IsCompleted) return waiting;
        if (Libc.Poll(descriptor, events, 0)) return Task.CompletedTask;
        return waiting = thread.Run(() =>
        {
            while (!disposed && !Libc.Poll(descriptor, events, SliceMilliseconds))
            {
            }

            return true;
        });
    }
}
