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
            if (lease.Value.Turns.TryTake())
            {
                turn = new PluginTurn(lease);
                return true;
            }

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
            CallTurns turns;
            using (var lease = AcquireVersion()) turns = lease.Value.Turns;
            var isTaken = await turns.TryTakeAsync(cancellation).ConfigureAwait(false);
            if (slot.TryAcquire(out var current))
            {
                var isThatVersion = ReferenceEquals(current.Value.Turns, turns);
                if (isTaken && isThatVersion) return new PluginTurn(current);
                var limits = current.Value.Options.Limits;
                current.Dispose();
                if (isThatVersion)
                {
                    throw new PluginException(
                        PluginFailure.Overloaded, plugin, $"{limits.Queue} calls wait already (Concurrency: {limits.Concurrency}, Queue: {limits.Queue})");
                }
            }

            // The version was replaced meanwhile; whoever waits behind this call at the old one shall learn of it as well.
            if (isTaken) turns.Release();
        }
    }

    private VersionSlot<PluginVersion>.Lease AcquireVersion() => slot.TryAcquire(out var lease)
        ? lease
        : throw new PluginException(PluginFailure.Unavailable, plugin, "no version of it is loaded");
}

/// <summary>A version, and the right to call it.</summary>
internal readonly struct PluginTurn(VersionSlot<PluginVersion>.Lease lease) : IDisposable
{
    public VersionSlot<PluginVersion>.Lease Lease => lease;

    public void Dispose()
    {
        lease.Value.Turns.Release();
        lease.Dispose();
    }
}
