namespace Coffer.EscapeTests;

/// <summary>
/// The audit trail of a scene, and what a case says of it. Each record answers for one attempt: what was asserted once is
/// not found again.
/// </summary>
internal sealed class Trail : IDisposable
{
    private readonly MemorySink sink = new();
    private readonly HashSet<AuditEvent> answered = new(ReferenceEqualityComparer.Instance);

    public Trail() => Audit = new AuditTrail([sink], new AuditOptions { Capacity = 100_000 });

    public AuditTrail Audit { get; }

    /// <summary>Whether the case has said anything.</summary>
    public bool IsAsserted { get; private set; }

    /// <summary>All that is on record so far.</summary>
    public IReadOnlyList<AuditEvent> Events
    {
        get
        {
            Assert.True(Audit.Flush());
            IsAsserted = true;
            return sink.Events;
        }
    }

    /// <summary>
    /// The attempt was denied: by which function, what as the guest named it, why, where it asked, and what would allow
    /// it, unless it led outside, which nothing allows.
    /// </summary>
    public AuditEvent Denied(string operation, string resource)
    {
        var denied = Take(audited => !audited.Allowed && audited.Operation == operation && audited.Resource == resource)
            ?? throw Missing($"a denial of {operation} {resource}");
        Assert.False(string.IsNullOrEmpty(denied.Reason), "a denial without a reason");
        Assert.NotEmpty(denied.Backtrace);
        Assert.InRange(denied.Backtrace.Count, 1, 32);
        Assert.Equal("hostile", denied.Module);
        if (denied.Reason.Contains("leads out", StringComparison.Ordinal)) Assert.Null(denied.Remedy);
        else Assert.False(string.IsNullOrEmpty(denied.Remedy), $"nothing is said to allow {operation} {resource}");
        Assert.Equal(denied.Remedy is null, denied.RemedyManifestPath is null);
        return denied;
    }

    /// <summary>The attempt was within the grant, and ended with an error.</summary>
    public void Ended(string operation, string resource, Errno outcome) => _ = Take(audited => audited.Allowed
        && audited.Operation == operation && audited.Resource == resource && audited.Outcome == outcome.ToString())
        ?? throw Missing($"that {operation} {resource} ended with {outcome}");

    /// <summary>A quota ended it.</summary>
    public void Exceeded(string quota)
    {
        var refused = Take(audited => audited is { Allowed: false, Kind: "quotas" }
            && audited.RemedyManifestPath == $"quotas.{quota}") ?? throw Missing($"that the quota {quota} was used up");
        Assert.StartsWith("--max-", refused.Remedy, StringComparison.Ordinal);
        Assert.Contains(refused.Remedy!, refused.Rule, StringComparison.Ordinal);
    }

    /// <summary>
    /// Nothing was asked of the host: what the guest said is nothing that could be decided about, or uses a handle it has.
    /// </summary>
    public void Unasked(string operation) => Assert.DoesNotContain(Events, audited => audited.Operation == operation);

    /// <summary>The attempt ended in a trap, which says why and where.</summary>
    public void Trapped(TrapKind kind, Action attempt)
    {
        var trap = Assert.Throws<TrapException>(attempt);
        Assert.Equal(kind, trap.Kind);
        Assert.NotEmpty(trap.WasmTrace);
        IsAsserted = true;
    }

    /// <summary>The attempt ended at a limit.</summary>
    public void Exhausted(ExhaustionKind kind, Action attempt)
    {
        Assert.Equal(kind, Assert.Throws<ExhaustionException>(attempt).Kind);
        IsAsserted = true;
    }

    public void Dispose() => Audit.Dispose();

    private AuditEvent? Take(Predicate<AuditEvent> isMeant)
    {
        var found = Events.FirstOrDefault(audited => isMeant(audited) && !answered.Contains(audited));
        if (found is not null) answered.Add(found);
        return found;
    }

    private Xunit.Sdk.XunitException Missing(string what) => new(
        $"the trail does not say {what}, but:\n" + string.Join('\n', Events.Where(audited => !answered.Contains(audited)).TakeLast(20)
            .Select(audited => $"{audited.Operation} {audited.Resource} {audited.Allowed} {audited.Outcome} {audited.Reason}")));
}
