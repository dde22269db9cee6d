namespace Coffer.Plugins;

/// <summary>What a call came to whose answer was written where its caller said (<see cref="Plugin.CallInto"/>).</summary>
public readonly struct PluginWritten
{
    internal PluginWritten(int length, long version, PluginException? skipped = null)
    {
        Length = length;
        Version = version;
        Skipped = skipped;
    }

    /// <summary>How many bytes were written: the answer, or the input of the call when the plugin was skipped.</summary>
    public int Length { get; }

    /// <summary>The version that answered; 0 when none did.</summary>
    public long Version { get; }

    /// <summary>Why the plugin was skipped, since its policy is to fail open; null when it answered.</summary>
    public PluginException? Skipped { get; }

    /// <summary>Whether the plugin answered.</summary>
    public bool IsAnswered => Skipped is null;
}
