using Coffer.Capabilities;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Sources;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>
/// The evaluation that calls a builtin: its time, its random numbers, what it may touch, and what it keeps from one call
/// to the next. Used by one thread at a time.
/// </summary>
public sealed class BuiltinContext
{
    private const int MostErrors = 100;
    private const uint StepsBetweenLooks = 0xFF;
    private readonly Func<CancellationToken> cancellation;
    private readonly Dictionary<(string Builtin, RegoValue Key), RegoValue> kept = [];
    private readonly string module;
    private TimeProvider? clock;
    private RandomSource? random;
    private CapabilityGate? gate;
    private List<string>? errors;
    private DateTimeOffset? now;
    private uint steps;

    internal BuiltinContext(PolicyOptions options, string module, Func<CancellationToken> cancellation)
    {
        Options = options;
        this.module = module;
        this.cancellation = cancellation;
    }

    /// <summary>The options of the policy.</summary>
    public PolicyOptions Options { get; }

    /// <summary>Cancelled when the evaluation must end; for builtins that wait.</summary>
    public CancellationToken Cancellation => cancellation();

    /// <summary>
    /// To be called by builtins from time to time in loops that operands can make long: ends the evaluation when its time is
    /// over.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is over.</exception>
    public void ThrowIfLate()
    {
        if ((++steps & StepsBetweenLooks) == 0) Cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Where uses of authority are decided.</summary>
    internal CapabilityGate Gate => gate ??= new CapabilityGate(
        Options.Capabilities, Options.Audit, Guid.CreateVersion7(HostSources.Time.GetUtcNow())
            .ToString("N"), module, HostSources.Time);

    /// <summary>The time of the evaluation: the same, however often it is asked for.</summary>
    /// <exception cref="BuiltinException">No clock was granted.</exception>
    public DateTimeOffset Now() => now ??= ReadClock();

    /// <summary>Fills a span with random bytes of the kind that was granted.</summary>
    /// <exception cref="BuiltinException">No random numbers were granted.</exception>
    public void FillRandom(Span<byte> destination)
    {
        random ??= OpenRandom();
        random(destination);
    }

    /// <summary>The value that an earlier call of this evaluation gave for a key, or a new one.</summary>
    public RegoValue Keep(string builtin, RegoValue key, Func<RegoValue> make)
    {
        if (!kept.TryGetValue((builtin, key), out var value)) kept[(builtin, key)] = value = make();
        return value;
    }

    /// <summary>Hands a line to whoever takes what policies print.</summary>
    public void Print(string line) => Options.Print?.Invoke(line);

    internal void Begin()
    {
        if (kept.Count > 0) kept.Clear();
        now = null;
        errors = null;
    }

    internal IReadOnlyList<string> TakeErrors() => errors ?? (IReadOnlyList<string>)[];

    internal RegoValue? Call(BuiltinBinding builtins, int id, RegoValue[] arguments)
    {
        var (name, function) = builtins.Get(id);
        try
        {
            return function(this, arguments);
        }
        catch (BuiltinException exception)
        {
            if (Options.StrictBuiltinErrors) throw new PolicyException(
                PolicyErrorKind.BuiltinFailed, $"{name}: {exception.Message}", exception);
            if ((errors ??= []).Count < MostErrors) errors.Add($"{name}: {exception.Message}");
            return null;
        }
    }

    private DateTimeOffset ReadClock()
    {
        clock ??= OpenClock();
        return clock.GetUtcNow();
    }

    private TimeProvider OpenClock()
    {
        var request = new AccessRequest { Kind = CapabilityKind.Clock, Operation = "time.now_ns",
            Name = ClockGrant.NameOf(GuestClock.Wall) };
        return HostSources.Open((ClockGrant)Decide(request), Options.SystemClock);
    }

    private RandomSource OpenRandom()
    {
        var request = new AccessRequest { Kind = CapabilityKind.Random, Operation = "rand.intn", Name = "random" };
        return HostSources.Open((RandomGrant)Decide(request), Options.SystemRandom);
    }

    /// <summary>The grant that allows a request, which is recorded.</summary>
    /// <exception cref="BuiltinException">Nothing allows it.</exception>
    internal Grant Decide(in AccessRequest request)
    {
        var decision = Gate.Decide(in request);
        if (!decision.IsAllowed)
        {
            var remedy = decision.Denial.RemedyOption is { } option ? $"; {option} would allow it" : "";
            throw new BuiltinException($"{request.Resource} is not granted{remedy}");
        }

        Gate.Conclude(in request, decision.Grant, Capabilities.Files.Errno.Success);
        return decision.Grant;
    }
}
