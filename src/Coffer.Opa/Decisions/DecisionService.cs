using System.Diagnostics;
using Coffer.Opa.Values;
using Coffer.Plugins.Versions;

namespace Coffer.Opa.Decisions;

/// <summary>
/// Decides by policies that can be replaced while decisions are made: those under way end with the policies that they began
/// with, and those that begin after a swap has returned see the new ones. Logs decisions and measures them. Thread-safe.
/// </summary>
public sealed class DecisionService : IAsyncDisposable
{
    private const string MaskPath = "system/log/mask", DropPath = "system/log/drop";
    private readonly VersionSlot<PolicySet> current;
    private readonly DecisionServiceOptions options;
    private readonly TimeProvider time;
    private long requests;

    /// <summary>A service that decides by some policies.</summary>
    /// <param name="policies">The policies, which are the service's to dispose.</param>
    /// <param name="options">How decisions are logged.</param>
    public DecisionService(PolicySet policies, DecisionServiceOptions? options = null)
    {
        this.options = options ?? DecisionServiceOptions.Default;
        time = this.options.Time ?? Capabilities.Ambient.HostSources.Time;
        current = new VersionSlot<PolicySet>(policies, label: Label(policies));
    }

    /// <summary>How many sets of policies there have been.</summary>
    public long Version => current.ActiveVersion;

    /// <summary>Puts other policies in the place of those that are there.</summary>
    /// <returns>Ends when no decision needs the old ones any more; decisions that begin now are by the new ones.</returns>
    public Task Swap(PolicySet next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var done = current.Swap(next, Label(next));
        DecisionTelemetry.Swapped();
        return done;
    }

    /// <summary>Does something with the policies, which stay what they are meanwhile.</summary>
    public TResult Use<TResult>(Func<PolicySet, TResult> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        using var lease = current.Acquire();
        return use(lease.Value);
    }

    /// <summary>Decides.</summary>
    /// <param name="path">The path of a rule, such as <c>example/allow</c>, or of data.</param>
    /// <param name="input">The input; null for none.</param>
    /// <param name="requestedBy">Who asks, for the log.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="PolicyException">The evaluation failed.</exception>
    public Decision Decide(string path, RegoValue? input, string? requestedBy = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var lease = current.Acquire();
        var policies = lease.Value;
        var start = Stopwatch.GetTimestamp();
        try
        {
            var answer = PolicyPath.Evaluate(policies, path, input, cancellation);
            var elapsed = Stopwatch.GetElapsedTime(start);
            DecisionTelemetry.Decided(
                path, answer.Value is null ? "undefined" : "defined", elapsed, answer.BuiltinErrors.Count);
            var decision = new Decision(path, answer.Value, answer.BuiltinErrors, elapsed);
            if (options.Log is not null) Log(policies, decision, input, null, requestedBy);
            return decision;
        }
        catch (PolicyException exception)
        {
            var elapsed = Stopwatch.GetElapsedTime(start);
            DecisionTelemetry.Decided(path, exception.Kind.ToString(), elapsed, 0);
            if (options.Log is not null) Log(
                policies, new Decision(path, null, [], elapsed), input, exception.Message, requestedBy);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => current.DisposeAsync();

    private static string Label(PolicySet policies) =>
        string.Join(',', policies.Bundles.Select(bundle => bundle.Bundle.Digest));

    private void Log(PolicySet policies, Decision made, RegoValue? input, string? error, string? requestedBy)
    {
        var decision = new DecisionEvent
        {
            DecisionId = made.Id,
            Timestamp = time.GetUtcNow(),
            Path = made.Path,
            Input = input,
            Result = made.Value,
            Error = error,
            RequestedBy = requestedBy,
            RequestId = Interlocked.Increment(ref requests),
            TraceId = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToString() : null,
            Labels = options.Labels,
            Bundles = policies.Bundles.ToDictionary(bundle => bundle.Name, bundle => bundle.Bundle.Manifest.Revision),
            Metrics = new Dictionary<string, long> { ["timer_rego_query_eval_ns"] = made.Elapsed.Ticks * 100 },
        };
        try
        {
            if (policies.HasEntrypoint(DropPath)
                && policies.PolicyOf(DropPath).Evaluate(DropPath, decision.ToObject()).IsTrue) return;
            var own = policies.HasEntrypoint(MaskPath)
                ? DecisionMask.ReadAll(policies.PolicyOf(MaskPath).Evaluate(MaskPath, decision.ToObject()).Value)
                : [];
            decision = DecisionMask.Apply(options.Masks.Concat(own), decision);
        }
        catch (Exception exception) when (exception is PolicyException or FormatException)
        {
            // What should have been masked is not known, so neither input nor result is written.
            decision = decision with { Input = null, Result = null,
                Error = $"the decision cannot be masked: {exception.Message}", Erased = ["/input", "/result"] };
        }

        options.Log!.Write(decision);
    }
}

/// <summary>How decisions are logged. Immutable.</summary>
public sealed record DecisionServiceOptions
{
    /// <summary>The options used when none are given.</summary>
    public static DecisionServiceOptions Default { get; } = new();

    /// <summary>Where decisions are written; null for nowhere. It is not disposed with the service.</summary>
    public DecisionLog? Log { get; init; }

    /// <summary>What is not written, besides what the policies mask by <c>system/log/mask</c>.</summary>
    public IReadOnlyList<DecisionMask> Masks { get; init; } = [];

    /// <summary>What the log is of, such as an application and a version.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The time of decisions; null for the system's.</summary>
    public TimeProvider? Time { get; init; }
}

/// <summary>A decision. Immutable.</summary>
public sealed class Decision
{
    private string? id;

    internal Decision(string path, RegoValue? value, IReadOnlyList<string> builtinErrors, TimeSpan elapsed)
    {
        Path = path;
        Value = value;
        BuiltinErrors = builtinErrors;
        Elapsed = elapsed;
    }

    /// <summary>What tells it from all others, in the log. Made when it is asked for: it costs more than many a decision.</summary>
    public string Id => id ?? Interlocked.CompareExchange(ref id, Guid.NewGuid().ToString(), null) ?? id;

    /// <summary>What was asked for.</summary>
    public string Path { get; }

    /// <summary>The value; null when it is undefined.</summary>
    public RegoValue? Value { get; }

    /// <summary>Failures of builtins that made their calls undefined.</summary>
    public IReadOnlyList<string> BuiltinErrors { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Whether the value is <c>true</c>, and nothing else.</summary>
    public bool IsTrue => Value is RegoBoolean { Value: true };
}
