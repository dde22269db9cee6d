using System.Text;
using System.Text.Json;
using Coffer.Capabilities.Audit;
using Coffer.Cli.Audit;

namespace Coffer.Cli.Tests.Commands;

public sealed class AuditCommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Audit_Trail_GroupsAndCounts()
    {
        Write(Event("/a"), Event("/a"), Event("/a") with { Outcome = "NotFound" }, Denied("/b"));
        var result = cli.Run("audit", "t.jsonl");
        Assert.Equal(1, result.Code);
        Assert.Equal(
            """
            operation  kind         resource  access  allowed  denied  rule      to allow
            path_open  directories  /b        read    0        1       --dir /x  --dir '/b c:ro'
            path_open  directories  /a        read    3        0       --dir /x
            4 decisions: 3 allowed (1 failed even so), 1 denied

            """.ReplaceLineEndings("\n"), result.Output);
    }

    [Fact]
    public void Audit_NothingDenied_Succeeds()
    {
        Write(Event("/a"));
        Assert.Contains("1 decisions: 1 allowed, 0 denied", cli.Run("audit", "t.jsonl").Succeeds());
    }

    [Theory]
    [InlineData("--denied", "", 1)]
    [InlineData("--allowed", "", 5)]
    [InlineData("--kind", "clocks", 1)]
    [InlineData("--operation", "path_unlink_file", 1)]
    [InlineData("--resource", "/a*", 2)]
    [InlineData("--resource", "/a?", 1)]
    [InlineData("--module", "other.wasm", 1)]
    [InlineData("--run", "r2", 1)]
    [InlineData("--since", "2026-01-02T00:00:00Z", 1)]
    [InlineData("--since", "1h", 0)]
    public void Audit_Filter_KeepsWhatItNames(string option, string value, int expected)
    {
        Write(
            Event("/a/b") with { Kind = "clocks", Run = "r2" },
            Event("/ab") with { Operation = "path_unlink_file" },
            Event("/c") with { Module = "other.wasm" },
            Event("/d") with { Time = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero) },
            Event("/e"),
            Denied("/b"));
        var output = cli.Run([.. new[] { "audit", "t.jsonl", option, value }.Where(word => word.Length > 0)]).Output;
        Assert.Contains($"{expected} decisions:", output);
    }

    [Fact]
    public void Audit_WrongSince_IsUsage()
    {
        Write(Event("/a"));
        Assert.Contains("--since", cli.Run("audit", "t.jsonl", "--since", "soon").FailsWith(ExitCode.Usage));
    }

    [Fact]
    public void Audit_Json_IsForPrograms()
    {
        Write(Event("/a"), Denied("/b\u001b"));
        using var json = JsonDocument.Parse(cli.Run("audit", "--json", "t.jsonl").Output);
        Assert.Equal(1, json.RootElement.GetProperty("denied").GetInt64());
        Assert.Equal("/b\u001b", json.RootElement.GetProperty("groups")[0].GetProperty("resource").GetString());
    }

    [Fact]
    public void Audit_MalformedLines_AreCountedAndNamed()
    {
        Write(Event("/a"));
        File.AppendAllText(
            Path.Combine(cli.Folder, "t.jsonl"), "no json\u001b\n\n{}\n" + new string('x', AuditSummary.MaximumLine + 5) + "\n"
            + string.Concat(Enumerable.Repeat("[]\n", 20)) + Line(Event("/b")).TrimEnd()[..40]);
        var result = cli.Run("audit", "t.jsonl");
        Assert.Equal(1, result.Code);
        Assert.Contains("1 decisions: 1 allowed", result.Output);
        Assert.Contains("t.jsonl:2: it is no audit event", result.Error);
        Assert.Contains("t.jsonl:4: ", result.Error);
        Assert.Contains("t.jsonl:5: it is longer than", result.Error);
        Assert.Contains("14 more lines hold no audit event", result.Error);
        Assert.DoesNotContain("\u001b", result.Error);
    }

    [Fact]
    public void Audit_EventsWereDropped_FailsAndSaysSo()
    {
        Write(Event("/a"), Event("") with { Operation = AuditEvent.DroppedOperation, Kind = AuditEvent.DroppedOperation, Dropped = 7 });
        var result = cli.Run("audit", "t.jsonl");
        Assert.Equal(1, result.Code);
        Assert.Contains("7 events are missing", result.Error);
        Assert.Contains("1 decisions:", result.Output);
    }

    [Fact]
    public void Audit_StandardInput_IsRead() =>
        Assert.Contains("1 decisions", cli.Run(Line(Event("/a")), CancellationToken.None, "audit", "-").Succeeds());

    [Fact]
    public void Audit_MissingFile_IsInputOutput() => cli.Run("audit", "nope").FailsWith(ExitCode.InputOutput);

    [Fact]
    public void Audit_NamesOfTheGuest_CannotControlTheTerminal()
    {
        Write(Denied("/\u001b[2J\n\u202e") with { Module = "m\u001b", Rule = "--dir \u001b" });
        var output = cli.Run("audit", "t.jsonl").Output;
        Assert.DoesNotContain(output, c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public void Audit_PersonWatches_ShowsATable()
    {
        using var output = new MemoryStream();
        var summary = new AuditSummary(new AuditFilter());
        summary.Read(new MemoryStream(Encoding.UTF8.GetBytes(Line(Denied("/[red]b")))), CancellationToken.None);
        AuditTable.Write(summary, new Terminal(Stream.Null, output, Stream.Null) { OutputIsTerminal = true, ColoursOutput = true });
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("\u001b[", text);
        Assert.Contains("/[red]b", text);
    }

    [Fact]
    public void Read_EndlesslyManyResources_KeepsBoundedGroups()
    {
        var summary = new AuditSummary(new AuditFilter());
        summary.Read(new ManyLines(3 * AuditSummary.MaximumGroups, i => Line(Event($"/f{i}") with { Operation = $"o{i}" })), CancellationToken.None);
        Assert.Equal(3 * AuditSummary.MaximumGroups, summary.Allowed);
        Assert.Equal((2 * AuditSummary.MaximumGroups) + 1, summary.Groups.Count());
        Assert.Equal(summary.Allowed, summary.Groups.Sum(group => group.Allowed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void LineReader_AnyChunks_GivesTheSameLines(int chunk)
    {
        var text = "a\n\n" + new string('b', 50) + "\n" + new string('c', 51) + "\nlast";
        var reader = new LineReader(new ManyLines(1, _ => text) { Chunk = chunk }, 50);
        var lines = new List<string>();
        while (reader.TryRead(out var line, out var isTooLong)) lines.Add(isTooLong ? "!" : Encoding.UTF8.GetString(line));
        Assert.Equal(["a", "", new string('b', 50), "!", "last"], lines);
        Assert.Equal(5, reader.Number);
    }

    private void Write(params AuditEvent[] events) => cli.Write("t.jsonl", string.Concat(events.Select(Line)));

    private static string Line(AuditEvent audited)
    {
        using var stream = new MemoryStream();
        using (var sink = new JsonLinesSink(stream, leaveOpen: true)) sink.Write(audited);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static AuditEvent Denied(string resource) => Event(resource) with
    {
        Allowed = false,
        Reason = "the grant does not allow this access",
        Remedy = "--dir /b c:ro",
    };

    private static AuditEvent Event(string resource) => new()
    {
        Time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Run = "r1",
        Sequence = 1,
        Module = "m.wasm",
        Operation = "path_open",
        Kind = "directories",
        Resource = resource,
        Access = "read",
        Allowed = true,
        Rule = "--dir /x",
    };

    /// <summary>A stream of lines that are made when they are read.</summary>
    private sealed class ManyLines(int count, Func<int, string> line) : MemoryStream
    {
        private byte[] current = [];
        private int next, position;

        public int Chunk { get; init; } = int.MaxValue;

        public override int Read(Span<byte> buffer)
        {
            if (position == current.Length)
            {
                if (next == count) return 0;
                (current, position) = (Encoding.UTF8.GetBytes(line(next++)), 0);
            }

            var length = Math.Min(Math.Min(buffer.Length, Chunk), current.Length - position);
            current.AsSpan(position, length).CopyTo(buffer);
            position += length;
            return length;
        }
    }
}
