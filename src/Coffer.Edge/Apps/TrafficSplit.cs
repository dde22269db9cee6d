namespace Coffer.Edge.Apps;

/// <summary>
/// Which versions serve the requests of an app, and in what share. Immutable; requests see one or the next. It holds its versions
/// until it is disposed, which is when no request uses it any more.
/// </summary>
internal sealed class TrafficSplit : IDisposable
{
    private const int Whole = 100;

    // Has no factor in common with the whole, so that the candidate's turns are spread over it.
    private const int Stride = 37;

    /// <param name="stable">The version that serves what the candidate does not.</param>
    /// <param name="candidate">The version that serves a share; null for none.</param>
    /// <param name="weight">How many of a hundred requests the candidate serves.</param>
    public TrafficSplit(AppVersion stable, AppVersion? candidate = null, int weight = 0)
    {
        Stable = stable;
        Candidate = candidate;
        Weight = weight;
        stable.Hold();
        candidate?.Hold();
    }

    /// <summary>The version that serves what the candidate does not.</summary>
    public AppVersion Stable { get; }

    /// <summary>The version that serves a share; null for none.</summary>
    public AppVersion? Candidate { get; }

    /// <summary>How many of a hundred requests the candidate serves.</summary>
    public int Weight { get; }

    /// <summary>The version whose turn it is.</summary>
    /// <param name="turn">A number that grows by one with each request.</param>
    public AppVersion Pick(long turn) => Candidate is not null && (ulong)turn * Stride % Whole < (ulong)Weight ? Candidate : Stable;

    /// <inheritdoc/>
    public void Dispose()
    {
        Stable.Release();
        Candidate?.Release();
    }
}
