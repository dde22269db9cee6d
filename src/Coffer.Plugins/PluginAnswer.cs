namespace Coffer.Plugins;

/// <summary>What a call of a plugin came to.</summary>
public readonly struct PluginAnswer
{
    internal PluginAnswer(ReadOnlyMemory<byte> output, long version)
    {
        Output = output;
        Version = version;
    }

    internal PluginAnswer(ReadOnlyMemory<byte> input, PluginException skipped)
    {
        Output = input;
        Skipped = skipped;
        Version = skipped.Version;
    }

    /// <summary>What the plugin answered; the input of the call, when the plugin was skipped.</summary>
    public ReadOnlyMemory<byte> Output { get; }

    /// <summary>The version that answered; 0 when none did.</summary>
    public long Version { get; }

    /// <summary>Why the plugin was skipped, since its policy is to fail open; null when it answered.</summary>
    public PluginException? Skipped { get; }

    /// <summary>Whether the plugin answered.</summary>
    public bool IsAnswered => Skipped is null;

    /// <summary>The output as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output.Span);
}
