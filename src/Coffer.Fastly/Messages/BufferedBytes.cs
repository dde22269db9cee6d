using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Messages;

/// <summary>How much of a guest's bodies the host holds at a time, and how much it may. Thread-safe.</summary>
internal sealed class BufferedBytes(long maximum, int maximumTrailerBytes)
{
    private long held;

    public int MaximumTrailerBytes => maximumTrailerBytes;

    public void Take(long count)
    {
        if (Interlocked.Add(ref held, count) <= maximum) return;
        Interlocked.Add(ref held, -count);
        throw new StatusException(FastlyStatus.LimitExceeded);
    }

    public void Return(long count) => Interlocked.Add(ref held, -count);
}
