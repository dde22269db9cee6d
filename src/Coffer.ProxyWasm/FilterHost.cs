using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.ProxyWasm;

/// <summary>
/// A function of the host that a filter calls by a name. May be called by several VMs at a time; what it throws ends the
/// filter's callback.
/// </summary>
/// <returns>The result, or null when the arguments are wrong.</returns>
public delegate byte[]? ForeignFunction(ReadOnlySpan<byte> arguments);

/// <summary>What all filters of a process have in common: everything that they share is here, and nothing else is shared.</summary>
public sealed class FilterHost
{
    /// <summary>Data that VMs share.</summary>
    public SharedData Data { get; init; } = new();

    /// <summary>Queues between VMs.</summary>
    public SharedQueues Queues { get; init; } = new();

    /// <summary>The metrics that filters define.</summary>
    public FilterMetrics Metrics { get; init; } = new();

    /// <summary>Sends the calls of filters; null when there is nowhere to call.</summary>
    public UpstreamCaller? Upstreams { get; init; }

    /// <summary>What <c>proxy_call_foreign_function</c> finds.</summary>
    public IReadOnlyDictionary<string, ForeignFunction> ForeignFunctions { get; init; } = new Dictionary<string, ForeignFunction>();

    /// <summary>Where filters log to, and where it is told when one fails.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock, and the timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock that filters read by WASI, where that is another.</summary>
    internal TimeProvider? GuestTime { get; init; }

    /// <summary>Called within the callback in which a VM fails, with the reason.</summary>
    internal Action<Exception>? Failed { get; init; }

    /// <summary>How many ticks, answers and items are on their way to a VM, for whoever waits until there are none.</summary>
    internal int UnderWay => Volatile.Read(ref underWay);

    private int underWay;

    internal void BeginDelivery() => Interlocked.Increment(ref underWay);

    internal void EndDelivery() => Interlocked.Decrement(ref underWay);
}
