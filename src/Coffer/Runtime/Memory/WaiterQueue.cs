using System.Diagnostics;

namespace Coffer.Runtime;

/// <summary>What <c>memory.atomic.wait</c> returns; the numbers are those of the instruction's result.</summary>
internal enum WaitResult
{
    Notified = 0,
    NotEqual = 1,
    TimedOut = 2,
}

/// <summary>
/// The threads that wait on the addresses of one shared memory. The value is compared, and the waiter queued, under the
/// lock that notification takes: a notification after the comparison finds the waiter, so none is lost.
/// </summary>
internal sealed class WaiterQueue
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedList<Waiter>> _waiters = [];

    /// <summary>Waits while a value is as expected, at most until the timeout (negative: for ever).</summary>
    /// <param name="address">The effective address, the key of the queue.</param>
    /// <param name="isEqual">Whether the value at the address is the expected one; called under the lock.</param>
    /// <param name="timeoutNanoseconds">How long to wait.</param>
    /// <param name="interrupt">Ends the wait early.</param>
    /// <exception cref="OperationCanceledException">The wait was interrupted.</exception>
    public WaitResult Wait(ulong address, Func<bool> isEqual, long timeoutNanoseconds, CancellationToken interrupt)
    {
        interrupt.ThrowIfCancellationRequested();
        using var waiter = new Waiter();
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (!isEqual())
                return WaitResult.NotEqual;
            if (!_waiters.TryGetValue(address, out var queue))
                _waiters.Add(address, queue = []);
            node = queue.AddLast(waiter);
        }
        try
        {
            waiter.Block(timeoutNanoseconds, interrupt);
        }
        finally
        {
            lock (_lock)
                Remove(address, node);
        }
        // A notification that came together with the end of the time counts: its sender was told that it woke somebody.
        if (waiter.IsNotified)
            return WaitResult.Notified;
        interrupt.ThrowIfCancellationRequested();
        return WaitResult.TimedOut;
    }

    /// <summary>Wakes the threads that have waited longest on an address and returns how many there were.</summary>
    public uint Notify(ulong address, uint count)
    {
        uint woken = 0;
        lock (_lock)
        {
            while (woken < count && _waiters.TryGetValue(address, out var queue))
            {
                var node = queue.First!;
                Remove(address, node);
                node.Value.Notify();
                woken++;
            }
        }
        return woken;
    }

    private void Remove(ulong address, LinkedListNode<Waiter> node)
    {
        // Notification has taken it off already, or nobody has.
        if (node.List is not { } queue)
            return;
        queue.Remove(node);
        if (queue.Count == 0)
            _waiters.Remove(address);
    }

    private sealed class Waiter : IDisposable
    {
        private readonly ManualResetEventSlim _event = new();

        /// <summary>Written and read under the queue's lock, or by the waiter after it has left the queue.</summary>
        public bool IsNotified { get; private set; }

        public void Notify()
        {
            IsNotified = true;
            _event.Set();
        }

        /// <summary>Returns when notified, at the end of the time, or when interrupted.</summary>
        public void Block(long timeoutNanoseconds, CancellationToken interrupt)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                while (true)
                {
                    var milliseconds = Timeout.Infinite;
                    if (timeoutNanoseconds >= 0)
                    {
                        var elapsed = Stopwatch.GetElapsedTime(start);
                        // A tick of TimeSpan is 100 ns. Rounded up: a wait must not end before its time.
                        var left = new TimeSpan((timeoutNanoseconds / 100) + 1) - elapsed;
                        if (left <= TimeSpan.Zero)
                            return;
                        milliseconds = (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue);
                    }
                    if (_event.Wait(milliseconds, interrupt))
                        return;
                }
            }
            catch (OperationCanceledException)
            {
                // Whether it was notified as well is for the queue to decide, under its lock.
            }
        }

        public void Dispose() => _event.Dispose();
    }
}
