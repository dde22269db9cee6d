// How long recording waits is what is tested: a token of the test would change it.
#pragma warning disable xUnit1051
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Coffer.Capabilities.Audit;
using Microsoft.Extensions.Logging;

namespace Coffer.Capabilities.Tests.Audit;

public sealed class SinkTests
{
    private static readonly AuditEvent Denied = Audited.Event(7, allowed: false) with
    {
        Resource = "/tmp/\u001b[2J\u009b\u202e\n\u2028\"ü",
        Rule = "--dir ./data::/data:ro",
        Reason = "nothing that covers it was granted",
        Remedy = "--dir /tmp:ro",
        RemedyManifestPath = "grants.directories",
        HostResource = "/srv/data/x",
        Backtrace = ["read_config (app.wasm+0x1f)", "main (app.wasm+0x20)"],
        Granted = ["--dir ./data::/data:ro"],
    };

    [Fact]
    public void JsonLines_Event_IsOneLineOfPlainAsciiWithTheDocumentedNames()
    {
        var text = Lines(Denied);
        Assert.EndsWith("\n", text);
        Assert.Single(text.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain(text.TrimEnd('\n'), c => c is < ' ' or > '~');
        using var json = JsonDocument.Parse(text);
        Assert.Equal(
            ["schema", "time", "run", "sequence", "module", "operation", "kind", "resource", "access", "allowed",
                "outcome", "rule", "reason", "remedy", "remedyManifestPath", "hostResource", "backtrace", "granted"],
            json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(1, json.RootElement.GetProperty("schema").GetInt32());
        Assert.Equal("2026-01-02T03:04:05+00:00", json.RootElement.GetProperty("time").GetString());
        Assert.Equal(Denied.Resource, json.RootElement.GetProperty("resource").GetString());
    }

    [Fact]
    public void JsonLines_WrittenAndRead_IsTheSameEvent()
    {
        var read = AuditJson.Read(Encoding.UTF8.GetBytes(Lines(Denied)));
        Assert.Equal(Denied.Backtrace, read.Backtrace);
        Assert.Equal(Denied.Granted, read.Granted);
        Assert.Equal(Denied, read with { Backtrace = Denied.Backtrace, Granted = Denied.Granted });
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schema\":1")]
    public void Read_NoEvent_IsRefused(string line) =>
        Assert.Throws<FormatException>(() => AuditJson.Read(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("\"resource\":\"/etc/passwd\"", "\"resource\":null")]
    [InlineData("\"schema\":1", "\"schema\":2")]
    [InlineData("\"allowed\":true", "\"allowed\":7")]
    public void Read_WrongMember_IsRefused(string right, string wrong)
    {
        var line = Lines(Audited.Event(1)).Replace("\\u002B", "+");
        Assert.Contains(right, line);
        Assert.Throws<FormatException>(() => AuditJson.Read(Encoding.UTF8.GetBytes(line.Replace(right, wrong))));
    }

    [Fact]
    public void Read_UnknownMember_IsPassedOver()
    {
        var line = Lines(Audited.Event(3)).Replace("\"schema\":1", "\"schema\":1,\"later\":{\"x\":[1]}");
        Assert.Equal(3, AuditJson.Read(Encoding.UTF8.GetBytes(line)).Sequence);
    }

    [Fact]
    public void JsonLines_UntilFlush_StreamGetsNothing()
    {
        using var stream = new MemoryStream();
        using var sink = new JsonLinesSink(stream, leaveOpen: true);
        sink.Write(Denied);
        Assert.Equal(0, stream.Length);
        sink.Flush();
        Assert.NotEqual(0, stream.Length);
    }

    [Fact]
    public void JsonLines_StreamThatFails_NextLineStandsAlone()
    {
        using var stream = new HalfWritingStream();
        using var sink = new JsonLinesSink(stream, leaveOpen: true);
        sink.Write(Audited.Event(1));
        Assert.Throws<IOException>(sink.Flush);
        sink.Write(Audited.Event(2));
        sink.Flush();
        var last = Encoding.UTF8.GetString(stream.Content.ToArray()).TrimEnd('\n').Split('\n')[^1];
        Assert.Equal(2, AuditJson.Read(Encoding.UTF8.GetBytes(last)).Sequence);
    }

    [Fact]
    public void JsonLines_EventsWereDropped_LastLineSaysHowMany()
    {
        using var stream = new MemoryStream();
        var failing = new FailingSink(_ => throw new IOException("full"));
        using (var trail = new AuditTrail([new JsonLinesSink(stream, leaveOpen: true), failing]))
        {
            trail.Record(Audited.Event(1));
            trail.Flush();
            trail.Record(Audited.Event(2));
        }

        var lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain("dropped", lines[1]);
        Assert.EndsWith("\"dropped\":2}", lines[2]);
        Assert.Equal(2, AuditJson.Read(Encoding.UTF8.GetBytes(lines[2])).Dropped);
    }

    [Fact]
    public void Logger_EachEvent_HasItsIdLevelAndNoControlCharacters()
    {
        var logger = new ListLogger();
        using var sink = new LoggerSink(logger);
        Assert.True(sink.WantsAllowed);
        sink.Write(Denied);
        sink.Write(Audited.Event(1));
        sink.Write(AuditEvent.OfDropped(3, Denied));
        Assert.Equal(
            [(1001, LogLevel.Warning), (1002, LogLevel.Debug), (1003, LogLevel.Error)],
            logger.Entries.Select(entry => (entry.Id, entry.Level)));
        Assert.Contains(@"/tmp/\u{1b}[2J\u{9b}\u{202e}\u{a}\u{2028}""ü", logger.Entries[0].Text);
        Assert.Contains("--dir /tmp:ro", logger.Entries[0].Text);
        Assert.Contains("3 audit events", logger.Entries[2].Text);
    }

    [Fact]
    public void Telemetry_Events_AreCountedAndDenialsAreActivitiesOfTheRequest()
    {
        var counted = new List<string>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == TelemetrySink.SourceName) listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => counted.Add(
            $"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        meters.Start();
        var denials = new List<Activity>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetrySink.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = denials.Add,
        };
        ActivitySource.AddActivityListener(activities);
        using var sink = new TelemetrySink();
        sink.Write(Denied with { TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
        sink.Write(Audited.Event(1));
        sink.Write(AuditEvent.OfDropped(3, Denied));
        Assert.Equal(
            [
                "coffer.decisions 1 decision=denied kind=directories operation=path_open",
                "coffer.decisions 1 decision=allowed kind=directories operation=path_open",
                "coffer.audit.dropped 3 ",
            ],
            counted);
        var denial = Assert.Single(denials);
        Assert.Equal("coffer.denied", denial.OperationName);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", denial.TraceId.ToString());
        Assert.Equal(Denied.Resource, denial.GetTagItem("coffer.resource"));
        Assert.Equal(Denied.Time.UtcDateTime, denial.StartTimeUtc);
    }

    private static string Lines(AuditEvent audited)
    {
        using var stream = new MemoryStream();
        using (var sink = new JsonLinesSink(stream, leaveOpen: true)) sink.Write(audited);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private sealed class HalfWritingStream : MemoryStream
    {
        private bool hasFailed;

        public MemoryStream Content { get; } = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fails = !hasFailed;
            hasFailed = true;
            Content.Write(fails ? buffer[..(buffer.Length / 2)] : buffer);
            if (fails) throw new IOException("full");
        }
    }

    private sealed class ListLogger : ILogger
    {
        public List<(int Id, LogLevel Level, string Text)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Entries.Add((eventId.Id, logLevel, formatter(state, exception)));
    }
}
