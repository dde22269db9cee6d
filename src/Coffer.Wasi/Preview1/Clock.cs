using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// clock_res_get and clock_time_get. The clocks of processor time run with the monotonic clock: a guest that measures
/// itself sees the time it took, and nothing about the rest of the process.
/// </summary>
internal sealed class Clock(TimeProvider? provider)
{
    public const int Realtime = 0, Monotonic = 1, ProcessTime = 2, ThreadTime = 3;
    private const ulong NanosecondsPerTick = 100;
    private readonly long start = provider?.GetTimestamp() ?? 0;

    /// <summary>The clock that sleeping goes by.</summary>
    public TimeProvider? Provider => provider;

    public Errno GetResolution(Memory memory, int clock, int resultPointer)
    {
        if (provider is null) return Errno.NotSupported;
        if ((uint)clock > ThreadTime) return Errno.Invalid;
        var resolution = clock == Realtime
            ? NanosecondsPerTick
            : Math.Max(1, 1_000_000_000UL / (ulong)provider.TimestampFrequency);
        return memory.Store(resultPointer, resolution);
    }

    public Errno GetTime(Memory memory, int clock, int resultPointer)
    {
        var error = TryRead(clock, out var nanoseconds);
        return error != Errno.Success ? error : memory.Store(resultPointer, nanoseconds);
    }

    /// <summary>
    /// Reads a clock. All but the time of day count from the start of the guest, to tell nothing about the host.
    /// </summary>
    public Errno TryRead(int clock, out ulong nanoseconds)
    {
        nanoseconds = 0;
        if (provider is null) return Errno.NotSupported;
        switch (clock)
        {
            case Realtime:
                var ticks = (provider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
                nanoseconds = (ulong)Math.Max(0, ticks) * NanosecondsPerTick;
                return Errno.Success;
            case Monotonic or ProcessTime or ThreadTime:
                var elapsed = (UInt128)(ulong)(provider.GetTimestamp() - start);
                nanoseconds = (ulong)(elapsed * 1_000_000_000 / (ulong)provider.TimestampFrequency);
                return Errno.Success;
            default:
                return Errno.Invalid;
        }
    }
}
