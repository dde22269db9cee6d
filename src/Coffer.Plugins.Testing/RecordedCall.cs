using System.Collections.Immutable;

namespace Coffer.Plugins.Testing;

/// <summary>A call that a plugin has made of its host. Immutable.</summary>
/// <param name="Module">The module from which it imports the function.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">What it has passed: numbers, of which some are offsets of blocks.</param>
/// <param name="Texts">For each argument the text of the block that begins there, or null where none does.</param>
public sealed record RecordedCall(string Module, string Name, ImmutableArray<object> Arguments, ImmutableArray<string?> Texts)
{
    /// <summary>The call as it would be written.</summary>
    public override string ToString() =>
        $"{Module}.{Name}({string.Join(", ", Arguments.Zip(Texts, (argument, text) => text is null ? $"{argument}" : $"{argument} \"{text}\""))})";
}
