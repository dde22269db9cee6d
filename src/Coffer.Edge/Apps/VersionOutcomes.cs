using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Apps;

/// <summary>How the requests of one version ended. Thread-safe.</summary>
internal sealed class VersionOutcomes
{
    private long requests, failures;

    /// <summary>Requests that were served to their end.</summary>
    public long Requests => Volatile.Read(ref requests);

    /// <summary>Those that the version failed: by a fault of its own, or by an answer that says so (5xx).</summary>
    public long Failures => Volatile.Read(ref failures);

    /// <summary>Counts a request that has ended.</summary>
    public void Count(FaultKind fault, int status)
    {
        Interlocked.Increment(ref requests);
        if (IsFailure(fault, status)) Interlocked.Increment(ref failures);
    }

    /// <summary>Forgets the requests by which it was tried out.</summary>
    public void Clear()
    {
        Volatile.Write(ref requests, 0);
        Volatile.Write(ref failures, 0);
    }

    // What the client did, and that there was no room, says nothing of the version.
    private static bool IsFailure(FaultKind fault, int status) => fault switch
    {
        FaultKind.None => status >= StatusCodes.Status500InternalServerError,
        FaultKind.ClientGone or FaultKind.RequestBody or FaultKind.Overload or FaultKind.Replaced => false,
        _ => true,
    };
}
