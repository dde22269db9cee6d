namespace Coffer.Fastly.Running;

/// <summary>
/// Waits on the guest's thread, which end when the guest must: with its deadline, or when its client has gone. Counts the
/// time, which the guest did not compute.
/// </summary>
internal sealed class GuestWait(Store store, TimeProvider time)
{
    private long ticks;

    /// <summary>How long the guest has waited in all.</summary>
    public TimeSpan Total => new(ticks);

    /// <summary>Waits for something, and fails as it does.</summary>
    public void For(Task task)
    {
        if (!task.IsCompleted) Wait(task);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Waits for something, and gives its result or fails as it does.</summary>
    public T For<T>(Task<T> task)
    {
        if (!task.IsCompleted) Wait(task);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Waits until something has ended, well or not.</summary>
    public void ForEnd(Task task)
    {
        if (!task.IsCompleted) Wait(task);
    }

    /// <summary>Waits for the first of several, or until a time has passed.</summary>
    /// <returns>Whether one has ended.</returns>
    public bool ForAny(IReadOnlyCollection<Task> tasks, TimeSpan? timeout)
    {
        if (timeout is not { } limit)
        {
            ForEnd(Task.WhenAny(tasks));
            return true;
        }

        using var stop = new CancellationTokenSource();
        var late = Task.Delay(limit, time, stop.Token);
        var first = Task.WhenAny([.. tasks, late]);
        ForEnd(first);
        stop.Cancel();
        return first.Result != late;
    }

    private void Wait(Task task)
    {
        var start = time.GetTimestamp();
        try
        {
            var interrupted = store.InterruptToken;
            Task.WhenAny(task).Wait(interrupted);
        }
        catch (OperationCanceledException)
        {
            store.ThrowIfInterrupted();
            throw;
        }
        finally
        {
            ticks += time.GetElapsedTime(start).Ticks;
        }
    }
}
