namespace Coffer.Plugins;

/// <summary>How long a sandbox of a plugin lives.</summary>
public enum InstancePolicy
{
    /// <summary>
    /// A sandbox is kept for later calls, one at a time. What belongs to a call is reset: its blocks, streams, fuel and time.
    /// The plugin's own memory is as the last call left it, and which call that was is chance: for plugins that keep nothing.
    /// </summary>
    Pooled,

    /// <summary>A sandbox for each call: no call learns anything of another.</summary>
    Fresh,

    /// <summary>One sandbox for all calls, one after another: for plugins that keep a state.</summary>
    LongLived,
}
