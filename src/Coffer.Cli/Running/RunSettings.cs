using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Running;

/// <summary>Another module whose exports are offered under a name.</summary>
internal sealed record Preload(string Name, string File)
{
    /// <summary>How it is written.</summary>
    public const string Form = "name=file";

    /// <summary>Reads <c>NAME=FILE</c>; null when it is not of that form.</summary>
    public static Preload? Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1 ? new Preload(text[..equals], text[(equals + 1)..]) : null;
    }
}

/// <summary>What <c>run</c> was asked for.</summary>
internal sealed record RunSettings
{
    /// <summary>What a manifest says.</summary>
    /// <exception cref="CommandFailure">It names no module.</exception>
    public static RunSettings Of(Manifest manifest) => Of(
        manifest.Module ?? throw CommandFailure.Usage("there is no module to run", "name its file, or a manifest that does"),
        manifest.Capabilities, manifest.Limits, manifest.Quotas, manifest.Audit);

    /// <summary>What is said of a module.</summary>
    public static RunSettings Of(string file, CapabilitySet capabilities, Limits limits, Quotas quotas, AuditSettings audit) => new()
    {
        File = file,
        Capabilities = capabilities,
        Quotas = quotas,
        Audit = audit,
        Fuel = limits.Fuel,
        Timeout = limits.Timeout,
        MaximumMemory = (ulong?)limits.MemoryBytes,
        StackBytes = (ulong?)limits.StackBytes ?? GuestThread.DefaultStackBytes,
    };

    /// <summary>The module.</summary>
    public required string File { get; init; }

    /// <summary>The guest's arguments, or those of the invoked function.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The exported function to call instead of the program, or null.</summary>
    public string? Invoke { get; init; }

    public IReadOnlyList<Preload> Preloads { get; init; } = [];

    /// <summary>What the guest was granted, but for its arguments.</summary>
    public required CapabilitySet Capabilities { get; init; }

    /// <summary>How much of the host the guest may use up.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;

    /// <summary>How decisions are recorded and shown.</summary>
    public AuditSettings Audit { get; init; } = new();

    /// <summary>What learns from all decisions; null for nothing.</summary>
    public AuditSink? Sink { get; init; }

    public long? Fuel { get; init; }
    public TimeSpan? Timeout { get; init; }
    public ulong? MaximumMemory { get; init; }
    public MemoryMode Memory { get; init; }
    public Features Features { get; init; } = Features.All;

    /// <summary>The features as they were written, or null.</summary>
    public string? FeatureText { get; init; }

    /// <summary>What is done with machine code made ahead of time.</summary>
    public CacheChoice Cache { get; init; } = CacheChoice.Parse("off");

    public ulong StackBytes { get; init; } = GuestThread.DefaultStackBytes;

    /// <summary>Whether all machine code is made before the guest starts.</summary>
    public bool Prepare { get; init; }

    /// <summary>The options of an engine for the run.</summary>
    public EngineOptions ToEngineOptions() => new()
    {
        // Nobody else works in this process, and there is one guest.
        CompilationThreads = 0,
        Features = Features,
        Memory = MemoryOptions.Default with { Mode = Memory, LargePages = true },
        ConsumeFuel = Fuel is not null,
        AllowNativeCode = Cache.Use != CacheUse.Off,
    };
}
