namespace Coffer.Wasi.Preview1;

/// <summary>
/// The threads of a guest besides its first (the wasi-threads proposal). Each is an instance of the module in a store of
/// the same sandbox; they share the imported memory and all that WASI gives. The first one that exits or fails ends all.
/// </summary>
internal sealed class GuestThreads(WasiState state)
{
    // Another instance of the module.
    private const int Fuel = 10_000;
    private const int Refused = -1;
    private const int LastId = 0x1FFF_FFFF;
    private const int HostStackBytes = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Lock gate = new();
    private readonly List<Thread> running = [];
    private Store? first;
    private int lastId, count;
    private bool ending;
    private Exception? outcome;

    /// <summary>Starts a thread in the guest's <c>wasi_thread_start</c>; its number, or a negative one.</summary>
    public int Spawn(Caller caller, Linker linker, int argument)
    {
        caller.Store.ConsumeFuel(Fuel);
        if (Reserve(caller.Store) is not { } id) return Refused;
        state.Gate.Share();
        var store = caller.Store.CreateThread();
        var isStarted = false;
        try
        {
            // On the thread that asks, so that it learns of a failure. It holds nothing meanwhile: a start function may wait.
            var instance = linker.Instantiate(store, caller.Instance.Module);
            var start = instance.GetAction<int, int>("wasi_thread_start");
            isStarted = TryStart(store, id, () => start(id, argument));
            return isStarted ? id : Refused;
        }
        catch (Exception exception) when (exception is LinkException or KeyNotFoundException or ArgumentException
            or ExhaustionException { Kind: ExhaustionKind.StoreLimit or ExhaustionKind.System })
        {
            return Refused;
        }
        finally
        {
            if (!isStarted) Release(store);
        }
    }

    /// <summary>
    /// Ends all other threads and waits until they have ended; what the guest as a whole came to, if one of them decided it.
    /// </summary>
    public Exception? End()
    {
        Thread[] threads;
        lock (gate)
        {
            if (first is null) return null;
            ending = true;
            threads = [.. running];
        }

        first.InterruptThreads();
        // A thread that is inside the host for longer ends as soon as it comes back; what it uses is kept until then.
        foreach (var thread in threads) thread.Join(Patience);
        lock (gate)
        {
            ending = running.Count > 0;
            var result = outcome;
            outcome = null;
            return result;
        }
    }

    private int? Reserve(Store store)
    {
        lock (gate)
        {
            if (ending || lastId == LastId) return null;
            if (count >= state.Quotas.Quotas.Threads)
            {
                state.Quotas.Record("threads", "thread-spawn", null);
                return null;
            }

            // The first to ask is the first thread: there is no other.
            first ??= store;
            count++;
            return ++lastId;
        }
    }

    private bool TryStart(Store store, int id, Action start)
    {
        var stackBytes = store.Limits.StackBytes == 0 ? 0 : store.Limits.StackBytes + HostStackBytes;
        var thread = new Thread(() => Run(store, start), (int)Math.Min(stackBytes, int.MaxValue & ~0xFFFF))
        {
            IsBackground = true,
            Name = $"guest {id}",
        };
        lock (gate)
        {
            if (ending) return false;
            try
            {
                thread.Start();
            }
            catch (OutOfMemoryException)
            {
                return false;
            }

            running.Add(thread);
            return true;
        }
    }

    private void Run(Store store, Action start)
    {
        try
        {
            start();
        }
        catch (Exception exception)
        {
            Decide(exception);
        }

        Release(store);
        lock (gate) running.Remove(Thread.CurrentThread);
    }

    /// <summary>An exit or a failure is that of the whole guest, unless another came before.</summary>
    private void Decide(Exception exception)
    {
        lock (gate)
        {
            if (ending) return;
            ending = true;
            outcome = exception;
        }

        first!.Interrupt();
    }

    private void Release(Store store)
    {
        store.Dispose();
        lock (gate) count--;
    }
}
