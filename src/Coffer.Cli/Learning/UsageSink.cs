using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Learning;

/// <summary>
/// What a run has used, added up: for each grant the resources and the access to each, for each kind the refusals.
/// Bounded, however long the run is.
/// </summary>
internal sealed class UsageSink : AuditSink
{
    /// <summary>The resources of one grant that are told apart; more are "many".</summary>
    private const int MaximumResources = 4096;

    /// <summary>The refusals that are told apart.</summary>
    private const int MaximumRefusals = 100;

    private readonly Dictionary<string, GrantUse> uses = [];
    private readonly Dictionary<(string, string, string), AuditEvent> refusals = [];

    /// <summary>The different refusals, in their order.</summary>
    public IReadOnlyCollection<AuditEvent> Refusals => refusals.Values;

    /// <summary>The refusals that were too many to be told apart.</summary>
    public long FurtherRefusals { get; private set; }

    /// <summary>How a grant was used; null when it was not.</summary>
    public GrantUse? UseOf(Grant grant) => uses.GetValueOrDefault(grant.AuditRule);

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        if (!audited.Allowed)
        {
            var key = (audited.Operation, audited.Resource, audited.Access);
            if (refusals.ContainsKey(key)) return;
            if (refusals.Count < MaximumRefusals) refusals.Add(key, audited);
            else FurtherRefusals++;
        }
        else if (audited.Rule is { } rule)
        {
            if (!uses.TryGetValue(rule, out var use)) uses.Add(rule, use = new GrantUse());
            _ = Enum.TryParse<DirectoryAccess>(audited.Access, ignoreCase: true, out var access);
            use.Add(audited.Resource, access, MaximumResources);
        }
    }
}

/// <summary>How one grant was used.</summary>
internal sealed class GrantUse
{
    private readonly Dictionary<string, DirectoryAccess> resources = [];

    /// <summary>What was done to anything.</summary>
    public DirectoryAccess Access { get; private set; }

    /// <summary>What was done to each; null when there were too many to tell.</summary>
    public IReadOnlyDictionary<string, DirectoryAccess>? Resources => HasMany ? null : resources;

    private bool HasMany { get; set; }

    public void Add(string resource, DirectoryAccess access, int maximum)
    {
        Access |= access;
        if (resources.Count >= maximum) HasMany = true;
        else resources[resource] = resources.GetValueOrDefault(resource) | access;
    }
}
