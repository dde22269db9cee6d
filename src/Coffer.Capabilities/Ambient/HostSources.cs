using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Sources;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where a grant becomes a clock or a source of random numbers.</summary>
internal static class HostSources
{
    /// <summary>The system's time, for records of the host.</summary>
    public static TimeProvider Time => TimeProvider.System;

    /// <summary>The clock that a grant gives.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="real">What a real clock is; null for the system's.</param>
    public static TimeProvider Open(ClockGrant grant, TimeProvider? real) =>
        grant.Start is { } start ? new SteppedTime(start, grant.Step) : real ?? TimeProvider.System;

    /// <summary>The random numbers that a grant gives.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="real">Where unpredictable numbers come from; null for the system.</param>
    public static RandomSource Open(RandomGrant grant, RandomSource? real) =>
        grant.Seed is { } seed ? new SeededRandom(seed).Fill : real ?? HostRandom.Fill;
}
