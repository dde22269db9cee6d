namespace Coffer.Plugins.Running;

/// <summary>
/// Refuses calls for a while when too many of the last ones failed, then lets one call try. Thread-safe; a call costs it no memory.
/// </summary>
internal sealed class CircuitBreaker(PluginBreaker options, TimeProvider time)
{
    // The period goes by in steps of a tenth.
    private const int Slices = 10;

    private readonly Lock gate = new();
    private readonly (int Succeeded, int Failed)[] counts = new (int, int)[Slices];
    private readonly int leastCalls = Math.Max(2, options.MinimumCalls);
    private readonly long sliceTicks = Math.Max(1, (long)(options.Period.TotalSeconds * time.TimestampFrequency / Slices));
    private readonly long breakTicks = (long)(options.BreakTime.TotalSeconds * time.TimestampFrequency);
    private long slice;
    private long triesAt;
    private volatile bool isOpen;

    /// <summary>Asks whether a call may run.</summary>
    /// <param name="isTrial">Whether it tells if the circuit closes again.</param>
    public bool TryEnter(out bool isTrial)
    {
        isTrial = false;
        if (!isOpen) return true;
        lock (gate)
        {
            if (!isOpen) return true;
            var now = time.GetTimestamp();
            if (now < triesAt) return false;

            // The next trial does not wait for the end of this one, which may never say how it ended.
            triesAt = now + breakTicks;
            return isTrial = true;
        }
    }

    /// <summary>Notes how a call ended that was let in.</summary>
    public void Ended(bool isTrial, bool hasFailed)
    {
        lock (gate)
        {
            // What was let in before the circuit opened says nothing new.
            if (isOpen && !isTrial) return;
            var now = time.GetTimestamp();
            if (isTrial)
            {
                isOpen = hasFailed;
                if (hasFailed) triesAt = now + breakTicks;
                else Array.Clear(counts);
                return;
            }

            Advance(now / sliceTicks);
            ref var current = ref counts[slice % Slices];
            if (!hasFailed)
            {
                current.Succeeded++;
                return;
            }

            current.Failed++;
            var (succeeded, failed) = (0, 0);
            foreach (var count in counts) (succeeded, failed) = (succeeded + count.Succeeded, failed + count.Failed);
            if (succeeded + failed < leastCalls || failed < options.FailureRatio * (succeeded + failed)) return;
            isOpen = true;
            triesAt = now + breakTicks;
        }
    }

    private void Advance(long to)
    {
        if (to - slice >= Slices) Array.Clear(counts);
        else for (var passed = slice + 1; passed <= to; passed++) counts[passed % Slices] = default;
        slice = to;
    }
}
