using Coffer.Plugins.Versions;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm;

/// <summary>How a filter is run. Immutable.</summary>
public sealed record FilterOptions
{
    /// <summary>The name, for messages, metrics and the property <c>plugin_name</c>.</summary>
    public string Name { get; init; } = "filter";

    /// <summary>Which of the roots that the module has registered; the property <c>plugin_root_id</c>.</summary>
    public string RootId { get; init; } = "";

    /// <summary>
    /// Filters of one id share their data and queues, and those of one <see cref="FilterModule"/> and host share a VM a worker when
    /// <see cref="VmConfiguration"/>, <see cref="Environment"/> and <see cref="MemoryBytes"/> are the same. Empty for a VM of its own.
    /// The property <c>plugin_vm_id</c>.
    /// </summary>
    public string VmId { get; init; } = "";

    /// <summary>What <c>proxy_on_configure</c> is given.</summary>
    public ReadOnlyMemory<byte> Configuration { get; init; }

    /// <summary>What <c>proxy_on_vm_start</c> is given.</summary>
    public ReadOnlyMemory<byte> VmConfiguration { get; init; }

    /// <summary>The variables of its environment; none of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How many VMs work at a time; a stream stays with one.</summary>
    public int Workers { get; init; } = System.Environment.ProcessorCount;

    /// <summary>The most memory that one VM may have.</summary>
    public ulong MemoryBytes { get; init; } = 256 << 20;

    /// <summary>The longest that a callback may run.</summary>
    public TimeSpan CallbackDeadline { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a VM may take to start and to read its configuration.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What becomes of requests while the filter does not work, because it trapped, looped, or does not start: they are refused,
    /// or pass as if it was not there, or the next one waits for a new VM and is refused only while none may be made yet.
    /// </summary>
    public FailurePolicy Failure { get; init; } = FailurePolicy.FailClosed;

    /// <summary>How long a VM that failed is not replaced.</summary>
    public RestartBackoffOptions Backoff { get; init; } = RestartBackoffOptions.Default;

    /// <summary>The most bytes of a body that are kept while a filter pauses it.</summary>
    public int BufferLimit { get; init; } = 1 << 20;

    /// <summary>The longest that a filter may pause a stream.</summary>
    public TimeSpan PauseLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether a body is read on while a filter that was shown the headers pauses: for filters that decide about the headers
    /// when they have seen the body. Without it the body waits, as in Envoy.
    /// </summary>
    public bool ContinuesBodyWhenHeadersPause { get; init; }

    /// <summary>The most calls to upstreams that a VM may have under way.</summary>
    public int MaximumCalls { get; init; } = 256;

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How many messages a VM may log in a second; more are counted and dropped.</summary>
    public int LogsPerSecond { get; init; } = 1000;

    /// <summary>The upstreams it may call; null for all that the host knows.</summary>
    public IReadOnlySet<string>? Upstreams { get; init; }
}
