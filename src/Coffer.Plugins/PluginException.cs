namespace Coffer.Plugins;

/// <summary>Why a call of a plugin had no answer.</summary>
public enum PluginFailure
{
    /// <summary>The plugin trapped, or threw an exception that nobody caught.</summary>
    Trapped,

    /// <summary>A limit of the plugin was reached: memory, fuel, stack, output.</summary>
    Exhausted,

    /// <summary>The call took longer than its plugin may (<see cref="PluginLimits.CallTimeout"/>).</summary>
    TimedOut,

    /// <summary>The plugin itself says that the call failed. The sandbox is well.</summary>
    Refused,

    /// <summary>The plugin answered with what is no answer: a pointer out of range, text that is no JSON, a wrong type.</summary>
    BadAnswer,

    /// <summary>The plugin has no such function, or it has another type.</summary>
    NoFunction,

    /// <summary>A function that the host offers to the plugin failed.</summary>
    HostFunctionFailed,

    /// <summary>The plugin ended itself (<c>proc_exit</c>).</summary>
    Exited,

    /// <summary>The plugin was replaced, and the time for calls under way to end has passed.</summary>
    Replaced,

    /// <summary>The plugin cannot be loaded: not a module, a missing import, a start function that fails, a failed health call.</summary>
    NotLoaded,

    /// <summary>Nothing serves calls: the plugin failed and was not started again yet, or its circuit breaker is open.</summary>
    Unavailable,

    /// <summary>Too many calls wait for the plugin already.</summary>
    Overloaded,
}

/// <summary>A call of a plugin failed, or a plugin could not be loaded. The host and other plugins are as they were.</summary>
public sealed class PluginException : Exception
{
    private IReadOnlyList<WasmFrame>? trace;

    /// <summary>A call failed.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="plugin">The name of the plugin.</param>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="inner">What the engine or the host function threw.</param>
    public PluginException(PluginFailure failure, string plugin, string message, Exception? inner = null)
        : base($"plugin \"{plugin}\": {message}", inner)
    {
        Failure = failure;
        Plugin = plugin;
    }

    /// <summary>Why.</summary>
    public PluginFailure Failure { get; }

    /// <summary>The name of the plugin.</summary>
    public string Plugin { get; }

    /// <summary>The version that served the call; 0 when none did.</summary>
    public long Version { get; internal init; }

    /// <summary>Where the plugin was, innermost function first; empty when it was not running.</summary>
    public IReadOnlyList<WasmFrame> Trace => trace ??= InnerException switch
    {
        null => [],
        PluginException plugin => plugin.Trace,
        var thrown => Caller.StackTraceOf(thrown),
    };

    /// <summary>The message, then one line a frame of the plugin, then the host's own stack.</summary>
    public override string ToString() => Trace.Count == 0
        ? base.ToString()
        : $"{Message}{Environment.NewLine}{string.Join(Environment.NewLine, Trace.Select(frame => "  at " + frame))}{Environment.NewLine}{base.ToString()}";
}
