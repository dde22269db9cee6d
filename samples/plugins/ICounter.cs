using Coffer.Plugins.Typed;

namespace PluginSample;

/// <summary>What the plugin in Rust exports. The class CounterPlugin, which calls it, is generated.</summary>
[PluginInterface]
internal interface ICounter
{
    /// <summary>Counts the words of a text.</summary>
    WordCount Count(string text);
}

/// <summary>What it answers.</summary>
/// <param name="Words">How many words there are.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Most">Those that are there more than once, and how often.</param>
internal sealed record WordCount(int Words, string Longest, Dictionary<string, int> Most);
