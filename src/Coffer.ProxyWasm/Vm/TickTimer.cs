namespace Coffer.ProxyWasm.Vm;

/// <summary>Calls <c>proxy_on_tick</c> of one filter in a VM. A tick that finds the one before under way is left out.</summary>
internal sealed class TickTimer(FilterRoot root)
{
    private readonly Lock gate = new();
    private ITimer? timer;
    private int isTicking;
    private bool isStopped;

    /// <summary>The time between ticks; null when there are none.</summary>
    public TimeSpan? Period { get; private set; }

    public void Set(uint milliseconds)
    {
        lock (gate)
        {
            if (isStopped) return;
            var period = milliseconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
            Period = milliseconds == 0 ? null : period;
            if (timer is null) timer = root.Vm.Host.Time.CreateTimer(static state => _ = ((TickTimer)state!).TickAsync(), this, period, period);
            else timer.Change(period, period);
        }
    }

    public void Stop()
    {
        lock (gate)
        {
            isStopped = true;
            timer?.Dispose();
        }
    }

    private async Task TickAsync()
    {
        if (root.Vm.Callbacks.Tick is null || Interlocked.Exchange(ref isTicking, 1) != 0) return;
        await root.Vm.DeliverAsync(root.Context, 0, static (callbacks, context, _) =>
        {
            callbacks.Tick!(context.Id);
            return 0;
        }).ConfigureAwait(false);
        Volatile.Write(ref isTicking, 0);
    }
}
