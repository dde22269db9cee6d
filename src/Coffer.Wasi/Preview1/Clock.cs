using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// clock_res_get and clock_time_get. The clocks of processor time run with the monotonic clock: a guest that measures
/// itself sees the time it took, and nothing about the rest of the process.
/// </summary>
internal sealed class Clock
{
    public const int Realtime = 0, Monotonic = 1, ProcessTime = 2, ThreadTime = 3;
    private const ulong NanosecondsPerTick = 100, NanosecondsPerSecond = 1_000_000_000;
    private readonly Authority authority;
    private readonly TimeProvider?[] providers = new TimeProvider?[2];
    private readonly bool[] allowed = new bool[2];
    private readonly long start;

    /// <param name="authority">Decides whether a clock may be read.</param>
    /// <param name="real">What a real clock is; null for the system's.</param>
    public Clock(Authority authority, TimeProvider? real)
    {
        this.authority = authority;
        foreach (var grant in authority.Capabilities.Of<ClockGrant>())
        {
            providers[(int)grant.Clock] = HostSources.Open(grant, real);
        }

        start = providers[(int)GuestClock.Monotonic]?.GetTimestamp() ?? 0;
    }

    /// <summary>A time in the guest's unit: none before it begins, and none beyond the last that there is.</summary>
    public static ulong NanosecondsOf(long ticks) => ticks <= 0
        ? 0
        : (ulong)ticks > ulong.MaxValue / NanosecondsPerTick ? ulong.MaxValue : (ulong)ticks * NanosecondsPerTick;

    /// <summary>The clock behind a number; null when it was not granted.</summary>
    public TimeProvider? ProviderOf(int clock) => providers[(int)KindOf(clock)];

    public Errno GetResolution(Memory memory, int clock, int resultPointer)
    {
        var error = TryOpen("clock_res_get", clock, out var provider);
        if (error != Errno.Success) return error;
        var resolution = clock == Realtime
            ? NanosecondsPerTick
            : Math.Max(1, NanosecondsPerSecond / (ulong)provider.TimestampFrequency);
        return memory.Store(resultPointer, resolution);
    }

    public Errno GetTime(Memory memory, int clock, int resultPointer)
    {
        var error = TryRead("clock_time_get", clock, out var nanoseconds);
        return error != Errno.Success ? error : memory.Store(resultPointer, nanoseconds);
    }

    /// <summary>
    /// Reads a clock. All but the time of day count from the start of the guest, to tell nothing about the host.
    /// </summary>
    public Errno TryRead(string operation, int clock, out ulong nanoseconds)
    {
        nanoseconds = 0;
        var error = TryOpen(operation, clock, out var provider);
        if (error != Errno.Success) return error;
        if (clock == Realtime)
        {
            nanoseconds = NanosecondsOf((provider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks);
            return Errno.Success;
        }

        var elapsed = (ulong)(provider.GetTimestamp() - start);
        var frequency = (ulong)provider.TimestampFrequency;
        nanoseconds = frequency == NanosecondsPerSecond ? elapsed : Scale(elapsed, frequency);
        return Errno.Success;
    }

    // Apart, since numbers of 128 bits are left to the JIT compiler, at every start that asks for the time.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static ulong Scale(ulong elapsed, ulong frequency) =>
        (ulong)UInt128.Min(ulong.MaxValue, (UInt128)elapsed * NanosecondsPerSecond / frequency);

    /// <summary>The clock with a number, if the guest may read it.</summary>
    public Errno TryOpen(string operation, int clock, out TimeProvider provider)
    {
        provider = null!;
        if ((uint)clock > ThreadTime) return Errno.Invalid;
        var kind = KindOf(clock);
        if (!allowed[(int)kind])
        {
            allowed[(int)kind] = authority.Allows(CapabilityKind.Clock, operation, ClockGrant.NameOf(kind));
            if (!allowed[(int)kind]) return Errno.NotSupported;
        }

        provider = providers[(int)kind]!;
        return Errno.Success;
    }

    private static GuestClock KindOf(int clock) => clock == Realtime ? GuestClock.Wall : GuestClock.Monotonic;
}
