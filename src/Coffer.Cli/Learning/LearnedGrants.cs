using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Learning;

/// <summary>The smallest set of grants that would have sufficed for a run.</summary>
internal sealed class LearnedGrants(HostFiles files, UsageSink usage)
{
    /// <summary>The part of what was granted that was used.</summary>
    public CapabilitySet From(CapabilitySet granted) => new(granted.Grants.SelectMany(Learn));

    private IEnumerable<Grant> Learn(Grant grant)
    {
        if (usage.UseOf(grant) is not { } use) return [];
        return grant switch
        {
            DirectoryGrant directory => new NarrowedDirectory(files, directory, use).Grants(),
            FileGrant file => [file with { Access = file.Access & use.Access }],
            _ => [grant],
        };
    }
}
