namespace Coffer.Plugins.Tests.Versions;

/// <summary>A version that knows whether it was disposed, and how often.</summary>
internal sealed class Probe : IAsyncDisposable
{
    private readonly TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int disposals;

    public bool IsDisposed => Volatile.Read(ref disposals) > 0;

    public int Disposals => Volatile.Read(ref disposals);

    public Task Disposed => disposed.Task;

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref disposals);
        disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
