using System.Collections.Concurrent;

namespace Coffer.Capabilities.Files;

/// <summary>
/// A thread for calls of the host that may wait for ever, made when the first comes. Not one of the pool: guests that wait
/// there would keep the timers from running that are to end them.
/// </summary>
internal sealed class SideThread : IDisposable
{
    private BlockingCollection<Task>? calls;

    /// <summary>Makes a call, after those before it.</summary>
    public Task<T> Run<T>(Func<T> call)
    {
        if (calls is null)
        {
            calls = [];
            new Thread(MakeCalls) { IsBackground = true, Name = "guest stream" }.Start(calls);
        }

        var task = new Task<T>(call, TaskCreationOptions.RunContinuationsAsynchronously);
        calls.Add(task);
        return task;
    }

    /// <summary>Ends the thread when its call ends.</summary>
    public void Dispose() => calls?.CompleteAdding();

    private static void MakeCalls(object? queue)
    {
        var calls = (BlockingCollection<Task>)queue!;
        foreach (var call in calls.GetConsumingEnumerable()) call.RunSynchronously();
    }
}
