using System.Threading.RateLimiting;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins.Running;

/// <summary>Who may call a plugin at a time, and who waits: each version has turns of its own.</summary>
internal sealed class PluginTurns(VersionSlot<PluginVersion> slot, string plugin)
{
    /// <summary>Takes a turn that is free. A lease is held only with a turn: who waits shall be served by the next version.</summary>
    public bool TryEnter(out PluginTurn turn)
    {
        if (slot.TryAcquire(out var lease))
        {
            var permit = lease.Value.Turns.AttemptAcquire();
            if (permit.IsAcquired)
            {
                turn = new PluginTurn(lease, permit);
                return true;
            }

            permit.Dispose();
            lease.Dispose();
        }

        turn = default;
        return false;
    }

    /// <summary>Waits for a turn.</summary>
    /// <exception cref="PluginException">Too many wait already, or there is no version.</exception>
    public async ValueTask<PluginTurn> EnterAsync(CancellationToken cancellation)
    {
        // A function of the host that calls a plugin waits no longer than the call that it serves: it may wait for that one.
        using var both = PluginSandbox.OfThread is { } outer
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellation, outer.Store.InterruptToken)
            : null;
        if (both is not null) cancellation = both.Token;
        while (true)
        {
            ConcurrencyLimiter turns;
            using (var lease = AcquireVersion()) turns = lease.Value.Turns;
            RateLimitLease? permit = null;
            try
            {
                permit = await turns.AcquireAsync(1, cancellation).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // The version is gone meanwhile; there is a next one.
            }

            var current = AcquireVersion();
            if (ReferenceEquals(current.Value.Turns, turns))
            {
                if (permit is { IsAcquired: true }) return new PluginTurn(current, permit);
                var limits = current.Value.Options.Limits;
                current.Dispose();
                throw new PluginException(
                    PluginFailure.Overloaded, plugin, $"{limits.Queue} calls wait already (Concurrency: {limits.Concurrency}, Queue: {limits.Queue})");
            }

            permit?.Dispose();
            current.Dispose();
        }
    }

    private VersionSlot<PluginVersion>.Lease AcquireVersion() => slot.TryAcquire(out var lease)
        ? lease
        : throw new PluginException(PluginFailure.Unavailable, plugin, "no version of it is loaded");
}

/// <summary>A version, and the right to call it.</summary>
internal readonly struct PluginTurn(VersionSlot<PluginVersion>.Lease lease, RateLimitLease permit) : IDisposable
{
    public VersionSlot<PluginVersion>.Lease Lease => lease;

    public void Dispose()
    {
        permit.Dispose();
        lease.Dispose();
    }
}
