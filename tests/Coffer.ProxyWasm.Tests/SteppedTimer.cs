namespace Coffer.ProxyWasm.Tests;

/// <summary>A clock whose one timer goes off when a test says so.</summary>
internal sealed class SteppedTimer : TimeProvider
{
    private Timer? last;

    public TimeSpan Period => last!.Period;

    public void Fire() => last!.Fire();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        last = new Timer(callback, state) { Period = period };

    private sealed class Timer(TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Period = period;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
