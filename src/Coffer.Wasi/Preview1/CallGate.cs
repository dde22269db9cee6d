namespace Coffer.Wasi.Preview1;

/// <summary>
/// Lets one thread of a guest at a time use what its threads share, except while it waits. A guest of one thread pays
/// nothing for it.
/// </summary>
internal sealed class CallGate
{
    private readonly Lock gate = new();
    private volatile bool isShared;

    /// <summary>From now on there is more than one thread. To be called by the only one there was.</summary>
    public void Share() => isShared = true;

    /// <summary>Begins a call; dispose it to end it.</summary>
    public Call Enter(Caller caller, GuestFunctions functions)
    {
        if (!isShared) return new Call(caller, null, functions);
        gate.Enter();
        return new Call(caller, gate, functions);
    }

    /// <summary>
    /// Waits until one of some tasks has completed, however it ended. Meanwhile other threads may call, and what was looked
    /// up before may be gone after.
    /// </summary>
    /// <exception cref="ExhaustionException">The guest must stop.</exception>
    public void Wait(Store store, params ReadOnlySpan<Task> tasks)
    {
        var any = Task.WhenAny(tasks);
        if (!any.IsCompleted)
        {
            var isHeld = gate.IsHeldByCurrentThread;
            if (isHeld) gate.Exit();
            try
            {
                any.Wait(store.InterruptToken);
            }
            catch (OperationCanceledException)
            {
                // The store knows why, and whether it still holds.
            }
            finally
            {
                if (isHeld) gate.Enter();
            }
        }

        store.ThrowIfInterrupted();
    }
}
