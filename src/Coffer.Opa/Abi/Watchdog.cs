namespace Coffer.Opa.Abi;

/// <summary>
/// Ends evaluations that take longer than they may. It looks at all of a policy's instances from time to time, which costs an
/// evaluation two writes; a timer for each would cost as much as many a policy.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int LooksInADeadline = 20;
    private const int IdleLooks = 100;
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly List<WatchedEvaluation> watched = [];
    private readonly long deadline;
    private readonly TimeSpan period;
    private readonly Timer? timer;
    private volatile bool isAwake;
    private int idleLooks;

    public Watchdog(TimeSpan deadline)
    {
        if (deadline == Timeout.InfiniteTimeSpan) return;
        this.deadline = Math.Max(1, (long)deadline.TotalMilliseconds);
        period = TimeSpan.FromMilliseconds(Math.Clamp(this.deadline / LooksInADeadline, 1, 100));
        timer = new Timer(static self => ((Watchdog)self!).Look(), this, IdlePeriod, IdlePeriod);
    }

    /// <summary>Looks after a store from now on.</summary>
    public WatchedEvaluation Watch(Store store)
    {
        var evaluation = new WatchedEvaluation(this, store, timer is not null);
        lock (gate) watched.Add(evaluation);
        return evaluation;
    }

    public void Forget(WatchedEvaluation evaluation)
    {
        lock (gate) watched.Remove(evaluation);
    }

    public void Dispose() => timer?.Dispose();

    /// <summary>
    /// Called when an evaluation has begun. One that begins at the moment in which the watchdog falls asleep is seen a
    /// second later at most: a memory barrier in every evaluation would cost more than that is worth.
    /// </summary>
    public void Wake()
    {
        if (!isAwake) WakeUp();
    }

    private void WakeUp()
    {
        lock (gate)
        {
            if (isAwake) return;
            isAwake = true;
            idleLooks = 0;
            timer!.Change(period, period);
        }
    }

    private void Look()
    {
        lock (gate)
        {
            var now = Environment.TickCount64;
            var isIdle = true;
            foreach (var evaluation in watched) isIdle &= !evaluation.EndIfStartedBefore(now - deadline);
            idleLooks = isIdle ? idleLooks + 1 : 0;
            if (isIdle ? idleLooks != IdleLooks : isAwake) return;
            isAwake = !isIdle;
            timer!.Change(isIdle ? IdlePeriod : period, isIdle ? IdlePeriod : period);
        }
    }
}

/// <summary>The evaluation of an instance, as the watchdog sees it.</summary>
internal sealed class WatchedEvaluation(Watchdog watchdog, Store store, bool hasDeadline)
{
    private const long None = -1, Ending = -2, Ended = -3;

    // When it began, or one of the above.
    private long state = None;

    public void Begin()
    {
        if (!hasDeadline) return;
        Volatile.Write(ref state, Environment.TickCount64);
        watchdog.Wake();
    }

    /// <summary>The evaluation is over; whether the watchdog had its hands on it, and the store cannot be used again.</summary>
    public bool End()
    {
        if (!hasDeadline || Interlocked.Exchange(ref state, None) >= 0) return false;
        return true;
    }

    /// <summary>Ends an evaluation that began too long ago; whether there is one at all.</summary>
    public bool EndIfStartedBefore(long time)
    {
        var began = Volatile.Read(ref state);
        if (began < 0) return began != None;

        // Two evaluations that began in the same millisecond are both late.
        if (began < time && Interlocked.CompareExchange(ref state, Ending, began) == began)
        {
            store.Interrupt();
            Interlocked.CompareExchange(ref state, Ended, Ending);
        }

        return true;
    }
}
