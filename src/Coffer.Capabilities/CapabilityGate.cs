using System.Diagnostics;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;

namespace Coffer.Capabilities;

/// <summary>
/// Where the requests of one guest are decided and recorded. Belongs to one run; may be used by the threads of that run
/// at once.
/// </summary>
/// <remarks>
/// A use of authority is recorded when it is new: each path that is opened or looked at, each address, and the first
/// use of each stream, clock and source of random numbers. Reading and writing through a handle that is open needs no
/// new decision.
/// </remarks>
internal sealed class CapabilityGate(
    CapabilitySet capabilities, AuditTrail? trail, string run, string module, TimeProvider clock)
{
    private const int MaximumFrames = 32, MaximumFrame = 256, MaximumName = 128;
    private readonly bool recordsAllowed = trail?.WantsAllowed ?? false;
    private long sequence;

    /// <summary>What the guest was granted.</summary>
    public CapabilitySet Capabilities => capabilities;

    /// <summary>Where the guest is, innermost function first; asked only for denials.</summary>
    public Func<IReadOnlyList<string>>? Backtrace { get; set; }

    /// <summary>Ends waits for the audit trail.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// Decides, and records a denial. What is allowed is recorded by <see cref="Conclude"/>, when it is known how it
    /// ended.
    /// </summary>
    /// <exception cref="AuditException">The trail is strict and cannot record it.</exception>
    public Decision Decide(in AccessRequest request)
    {
        var decision = capabilities.Decide(in request);
        if (!decision.IsAllowed && trail is not null) Record(in request, decision.Denial);
        return decision;
    }

    /// <summary>
    /// Records how a request ended that was allowed, and turns the discovery that its path leads outside into a denial.
    /// </summary>
    /// <returns>What the guest is told.</returns>
    public Errno Conclude(in AccessRequest request, Grant rule, Errno outcome)
    {
        if (outcome == Errno.Escape)
        {
            Decide(request.Escaping());
            return Errno.Permission;
        }

        if (recordsAllowed)
        {
            trail!.Record(Describe(in request) with
            {
                Rule = rule.AuditRule,
                HostResource = HostResource(in request, rule),
                Outcome = outcome == Errno.Success ? "" : outcome.ToString(),
            }, Cancellation);
        }

        return outcome;
    }

    /// <summary>Decides and records what either way needs no further outcome; whether it is allowed.</summary>
    public bool Allows(in AccessRequest request)
    {
        var decision = Decide(in request);
        if (decision.IsAllowed) Conclude(in request, decision.Grant, Errno.Success);
        return decision.IsAllowed;
    }

    /// <summary>Records that a quota has ended what the grants allow.</summary>
    public void RecordQuota(in AccessRequest request, SettingSyntax<Quotas> quota, Quotas quotas)
    {
        var rule = $"{quota.Option} {quota.Format(quotas)}";
        trail?.Record(Describe(in request) with
        {
            Kind = "quotas",
            Allowed = false,
            Reason = $"the quota {rule} is used up",
            Rule = rule,
            Remedy = quota.Option,
            RemedyManifestPath = $"quotas.{quota.ManifestKey}",
            Backtrace = Frames(),
        }, Cancellation);
    }

    private void Record(in AccessRequest request, Denial denial) => trail!.Record(Describe(in request) with
    {
        Allowed = false,
        Reason = denial.Reason switch
        {
            DenialReason.NotGranted => "nothing that covers it was granted",
            DenialReason.AccessNotGranted => "the grant does not allow this access",
            _ => "the path leads out of the granted directory",
        },
        Rule = denial.Nearest.FirstOrDefault()?.AuditRule,
        Remedy = denial.RemedyOption,
        RemedyManifestPath = denial.RemedyManifestPath,
        Backtrace = Frames(),
        Granted = [.. denial.Nearest.Select(grant => grant.AuditRule)],
    }, Cancellation);

    private IReadOnlyList<string> Frames() => [.. (Backtrace?.Invoke() ?? []).Take(MaximumFrames).Select(Shorten)];

    // Names of functions are the guest's as well, and as long as it likes. The place is at the end.
    private static string Shorten(string frame)
    {
        if (frame.Length <= MaximumFrame) return frame;
        var head = frame.AsSpan(0, MaximumName);
        var tail = frame.AsSpan(frame.Length - (MaximumFrame - MaximumName));
        if (char.IsHighSurrogate(head[^1])) head = head[..^1];
        if (char.IsLowSurrogate(tail[0])) tail = tail[1..];
        return $"{head}…{tail}";
    }

    private AuditEvent Describe(in AccessRequest request) => new()
    {
        Time = clock.GetUtcNow(),
        Run = run,
        Sequence = Interlocked.Increment(ref sequence),
        Module = module,
        Operation = request.Operation,
        Kind = GrantSyntax.Of(request.Kind).ManifestKey,
        Resource = request.Resource,
        Access = DirectorySyntax.Describe(request.Access),
        Allowed = true,
        HostResource = HostResource(in request, request.Through),
        TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
    };

    private static string? HostResource(in AccessRequest request, Grant? rule)
    {
        if (request.EndPoint is not null) return request.EndPoint.ToString();
        if (rule is not DirectoryGrant { HostPath.Length: > 0 } grant) return (rule as FileGrant)?.HostPath;
        var path = request.Resource;
        return GuestPaths.Holds(grant.GuestPath, path)
            ? grant.HostPath.TrimEnd('/') + path[grant.GuestPath.TrimEnd('/').Length..]
            : grant.HostPath;
    }
}
