using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;

namespace Coffer.Edge.Limits;

/// <summary>How much the requests of one app may use. Immutable.</summary>
public sealed record RequestLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static RequestLimits Default { get; } = new();

    /// <summary>
    /// The time from when the guest of a request starts, however it is spent: waiting for the client counts, waiting in the queue does
    /// not. Beyond it the answer is 504.
    /// </summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The processor time of one request; null for any. Beyond it the answer is 504. On Linux only.</summary>
    public TimeSpan? ProcessorTime { get; init; } = OperatingSystem.IsLinux() ? TimeSpan.FromSeconds(10) : null;

    /// <summary>The instructions of one request; null for any. Code that counts them is slower.</summary>
    public long? Fuel { get; init; }

    /// <summary>Bytes of all linear memories of one sandbox.</summary>
    public long MemoryBytes { get; init; } = 128 << 20;

    /// <summary>Bytes of all structs and arrays that a guest may make for one request, with those that are garbage already.</summary>
    public long AllocatedBytes { get; init; } = 512 << 20;

    /// <summary>Bytes of the body of a request. A longer one is answered with 413.</summary>
    public long RequestBodyBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of the body of an answer.</summary>
    public long ResponseBodyBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of the headers of an answer.</summary>
    public long ResponseHeaderBytes { get; init; } = 64 << 10;

    /// <summary>HTTP requests that a guest may send for one request.</summary>
    public int Subrequests { get; init; } = 32;

    /// <summary>Lines that a guest may write to the log for one request; what is more is dropped, which the log says.</summary>
    public int LogLines { get; init; } = 1000;

    /// <summary>Requests that are served at a time.</summary>
    public int Concurrency { get; init; } = 128;

    /// <summary>Requests that wait for that, without a thread. One more is answered with 503.</summary>
    public int Queue { get; init; } = 1024;

    /// <summary>How long a request waits. Then it is answered with 503.</summary>
    public TimeSpan QueueTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How each is written, in a configuration and as an option, in the order in which they are listed.</summary>
    public static IReadOnlyList<SettingSyntax<RequestLimits>> Syntax { get; } =
    [
        Span("time", "End a request after this time: 500ms, 2s, 1m", (limits, time) => limits with { Time = time }, limits => limits.Time),
        Span("cpu", "End a request after this processor time", (limits, time) => limits with { ProcessorTime = RequireProcessorTime(time) }, limits => limits.ProcessorTime),
        Count("fuel", "End a request after so many instructions", (limits, count) => limits with { Fuel = count }, limits => limits.Fuel),
        Bytes("memory", "The most that all linear memories of a sandbox may have together", (limits, bytes) => limits with { MemoryBytes = bytes }, limits => limits.MemoryBytes),
        Bytes("objects", "The most that all objects of the garbage collector may take that a request makes", (limits, bytes) => limits with { AllocatedBytes = bytes }, limits => limits.AllocatedBytes),
        Bytes("request-body", "The longest body of a request", (limits, bytes) => limits with { RequestBodyBytes = bytes }, limits => limits.RequestBodyBytes),
        Bytes("response-body", "The longest body of an answer", (limits, bytes) => limits with { ResponseBodyBytes = bytes }, limits => limits.ResponseBodyBytes),
        Bytes("response-headers", "The most bytes of an answer's headers", (limits, bytes) => limits with { ResponseHeaderBytes = bytes }, limits => limits.ResponseHeaderBytes, 1 << 20),
        Count("subrequests", "HTTP requests that a guest may send for one request", (limits, count) => limits with { Subrequests = (int)count }, limits => limits.Subrequests),
        Count("log-lines", "Lines that a guest may log for one request", (limits, count) => limits with { LogLines = (int)count }, limits => limits.LogLines),
        Count("concurrency", "Requests that are served at a time", (limits, count) => limits with { Concurrency = (int)Math.Max(1, count) }, limits => limits.Concurrency),
        Count("queue", "Requests that wait", (limits, count) => limits with { Queue = (int)count }, limits => limits.Queue),
        Span("queue-time", "How long a request waits", (limits, time) => limits with { QueueTime = time }, limits => limits.QueueTime),
    ];

    private static TimeSpan RequireProcessorTime(TimeSpan time) => OperatingSystem.IsLinux()
        ? time
        : throw new FormatException("the processor time of a request is known on Linux only; use the limit of time");

    private static SettingSyntax<RequestLimits> Span(
        string name, string description, Func<RequestLimits, TimeSpan, RequestLimits> set, Func<RequestLimits, TimeSpan?> get) =>
        new("--limit-" + name, KeyOf(name), "time", description, SettingShape.Text,
            (limits, text) => set(limits, Duration.Parse(text)),
            limits => get(limits) is { } time ? Duration.Format(time) : null);

    private static SettingSyntax<RequestLimits> Count(
        string name, string description, Func<RequestLimits, long, RequestLimits> set, Func<RequestLimits, long?> get) =>
        new("--limit-" + name, KeyOf(name), "count", description, SettingShape.Text | SettingShape.Number,
            (limits, text) => set(limits, SettingForms.ReadCount(text, isBytes: false, name == "fuel" ? long.MaxValue : 1_000_000)),
            limits => SettingForms.FormatCount(get(limits), isBytes: false));

    private static SettingSyntax<RequestLimits> Bytes(
        string name, string description, Func<RequestLimits, long, RequestLimits> set, Func<RequestLimits, long?> get, long maximum = long.MaxValue) =>
        new("--limit-" + name, KeyOf(name), "size", description, SettingShape.Text | SettingShape.Number,
            (limits, text) => set(limits, SettingForms.ReadCount(text, isBytes: true, maximum)),
            limits => SettingForms.FormatCount(get(limits), isBytes: true));

    // request-body is requestBody in a configuration.
    private static string KeyOf(string name)
    {
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? name : $"{name[..dash]}{char.ToUpperInvariant(name[dash + 1])}{name[(dash + 2)..]}";
    }
}
