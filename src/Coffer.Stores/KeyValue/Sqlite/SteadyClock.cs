namespace Coffer.Stores;

/// <summary>
/// The wall clock as it was when this was made, carried on by the monotonic one: what is written to disk can be compared
/// after a restart, and a clock that is set while the process runs neither ends entries nor keeps them.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long start = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long stamp = time.GetTimestamp();

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => start + (long)time.GetElapsedTime(stamp).TotalMilliseconds;
}
