using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Plugins;

/// <summary>How a <see cref="PluginHost"/> runs all its plugins. Immutable.</summary>
public sealed record PluginHostOptions
{
    /// <summary>How modules are compiled; whether instructions are counted is decided for each plugin.</summary>
    public EngineOptions Engine { get; init; } = EngineOptions.Default;

    /// <summary>
    /// What makes modules: <see cref="Module.Compile(Engine, ReadOnlyMemory{byte}, string)"/>, or <c>ModuleLoader.Factory</c> of Coffer.Native for code that was made ahead of
    /// time, with <see cref="EngineOptions.AllowNativeCode"/>. Such code stays in the process when a plugin is replaced or unloaded.
    /// </summary>
    public ModuleFactory Compile { get; init; } = Module.Compile;

    /// <summary>Where it is logged what becomes of plugins, and what they say.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>What measures backoffs, breakers and drain times. The deadlines of calls are real.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How often a folder that is watched is looked at.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);
}
