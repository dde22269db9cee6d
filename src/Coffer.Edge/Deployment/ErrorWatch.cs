using Coffer.Edge.Apps;

namespace Coffer.Edge.Deployment;

/// <summary>Looks how many requests of one version fail, over a window of time. Used by one thread at a time.</summary>
/// <param name="version">The version.</param>
/// <param name="settings">What is too many.</param>
/// <param name="time">The time; its monotonic part alone.</param>
internal sealed class ErrorWatch(AppVersion version, RollbackSettings settings, TimeProvider time)
{
    private readonly Queue<Sample> samples = new([new Sample(time.GetTimestamp(), version.Outcomes.Requests, version.Outcomes.Failures)]);
    private readonly long start = time.GetTimestamp();

    /// <summary>The version.</summary>
    public AppVersion Version => version;

    /// <summary>Whether the time for which a version is watched after its switch has passed.</summary>
    public bool IsOver => time.GetElapsedTime(start) >= settings.For;

    /// <summary>Looks now.</summary>
    /// <returns>Why the version is to be taken back; null while it is not.</returns>
    public string? Look()
    {
        var now = new Sample(time.GetTimestamp(), version.Outcomes.Requests, version.Outcomes.Failures);
        samples.Enqueue(now);
        // The newest of those that are older than the window is where it begins.
        while (samples.Count > 2 && time.GetElapsedTime(samples.ElementAt(1).Time, now.Time) >= settings.Window) samples.Dequeue();
        var first = samples.Peek();
        var requests = now.Requests - first.Requests;
        var failures = now.Failures - first.Failures;
        if (requests < settings.Requests || failures * 100 < requests * settings.Errors) return null;
        return $"{failures} of {requests} requests failed within {Coffer.Capabilities.Grants.Duration.Format(settings.Window)} (rollback.errors: {settings.Errors}, rollback.requests: {settings.Requests})";
    }

    private readonly record struct Sample(long Time, long Requests, long Failures);
}
