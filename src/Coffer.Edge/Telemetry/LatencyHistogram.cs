using System.Numerics;

namespace Coffer.Edge.Telemetry;

/// <summary>
/// How long requests took: counts in ranges that each are a quarter of an octave and up wide, from a microsecond to an hour. Thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    // Four ranges an octave.
    private const int Steps = 4, StepBits = 2;

    // 2^32 microseconds are more than an hour.
    private const int Octaves = 32;

    /// <summary>How many ranges there are.</summary>
    public const int Ranges = Octaves * Steps;

    private readonly long[] counts = new long[Ranges];

    /// <summary>Counts a request.</summary>
    public void Add(TimeSpan time) => Interlocked.Increment(ref counts[RangeOf((ulong)Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond))]);

    /// <summary>The counts as they are now.</summary>
    public void CopyTo(Span<long> target)
    {
        for (var index = 0; index < Ranges; index++) target[index] = Volatile.Read(ref counts[index]);
    }

    /// <summary>The time that a part of the requests did not exceed, in milliseconds: the upper end of its range; null without requests.</summary>
    /// <param name="counted">How many requests are in each range.</param>
    /// <param name="part">The part, from 0 to 1.</param>
    public static double? Percentile(ReadOnlySpan<long> counted, double part)
    {
        var all = 0L;
        foreach (var count in counted) all += count;
        if (all == 0) return null;
        var rank = (long)Math.Ceiling(all * part);
        for (var index = 0; index < counted.Length; index++)
        {
            rank -= counted[index];
            if (rank <= 0) return EndOf(index) / 1000.0;
        }

        return EndOf(counted.Length - 1) / 1000.0;
    }

    private static int RangeOf(ulong microseconds)
    {
        if (microseconds < Steps) return (int)microseconds;
        var octave = BitOperations.Log2(microseconds);
        var step = (int)(microseconds >> (octave - StepBits)) & (Steps - 1);
        return Math.Min(((octave - StepBits + 1) * Steps) + step, Ranges - 1);
    }

    private static double EndOf(int range)
    {
        if (range < Steps) return range + 1;
        var octave = (range / Steps) + StepBits - 1;
        return Math.ScaleB(1 + ((range % Steps) + 1) / (double)Steps, octave);
    }
}
