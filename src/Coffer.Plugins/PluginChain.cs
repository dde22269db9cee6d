using System.Collections.Immutable;

namespace Coffer.Plugins;

/// <summary>
/// Plugins in an order: each is given what the one before has answered. One that fails and whose policy is to fail open is
/// passed over; one that fails otherwise ends the chain. Immutable and thread-safe.
/// </summary>
public sealed class PluginChain
{
    private readonly ImmutableArray<(Plugin Plugin, string Function)> links;

    /// <summary>A chain.</summary>
    /// <param name="links">The plugins, and what is called of each.</param>
    public PluginChain(params IEnumerable<(Plugin Plugin, string Function)> links) => this.links = [.. links];

    /// <summary>The names of the plugins, in order.</summary>
    public IEnumerable<string> Names => links.Select(link => link.Plugin.Name);

    /// <summary>Calls all plugins, one after the other.</summary>
    /// <param name="input">What the first is given.</param>
    /// <param name="hostContext">What functions of the host find in <see cref="PluginSandbox.HostContext"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="PluginException">A plugin failed that does not fail open.</exception>
    public async ValueTask<ChainAnswer> CallAsync(
        ReadOnlyMemory<byte> input = default, object? hostContext = null, CancellationToken cancellationToken = default)
    {
        var current = input;
        ImmutableArray<PluginException> skipped = [];
        foreach (var (plugin, function) in links)
        {
            var answer = await plugin.CallAsync(function, current, hostContext, cancellationToken).ConfigureAwait(false);
            current = answer.Output;
            if (answer.Skipped is { } failure) skipped = skipped.Add(failure);
        }

        return new ChainAnswer(current, skipped);
    }
}

/// <summary>What a chain came to. Immutable.</summary>
/// <param name="Output">What the last plugin answered.</param>
/// <param name="Skipped">Why plugins were passed over, in their order.</param>
public sealed record ChainAnswer(ReadOnlyMemory<byte> Output, ImmutableArray<PluginException> Skipped);
