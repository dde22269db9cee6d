using System.Text;
using Coffer.Capabilities.Audit;
using Coffer.Cli.Audit;

namespace Coffer.Cli.Tests.Audit;

public sealed class DenialReportTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Run_WriteToReadOnlyGrant_SaysWhatWhyAndWhere()
    {
        cli.Write("g.wat", AuditGuest.Opening("create", "new.txt"));
        var result = cli.Run("run", "--dir", ".::/data:ro", "g.wat");
        Assert.Equal(69, result.Code); // EROFS
        Assert.Matches(
            """
            ^coffer: denied  path_open  /data/new.txt  \(write,create\)
              the guest has: /data → \. \(read-only\)
              to allow: --dir \.::/data:read,write,create   \(coffer\.json: grants\.directories\)
              at: create \(g\.wat\+0x[0-9a-f]+\) ← _start
            $
            """.ReplaceLineEndings("\n"), result.Error);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData("/etc/passwd")]
    public void Run_PathThatLeadsOut_IsShownAndGivesNoHostPath(string path)
    {
        cli.Write("g.wat", AuditGuest.Opening("read", path));
        Directory.CreateDirectory(Path.Combine(cli.Folder, "a"));
        var result = cli.Run("run", "--dir", ".::/data", "g.wat");
        Assert.NotEqual(0, result.Code);
        Assert.StartsWith("coffer: denied  path_open  ", result.Error);
        Assert.Contains(path, result.Error);
        Assert.DoesNotContain(cli.Folder, result.Error + result.Output);
    }

    [Fact]
    public void Run_NamesOfTheGuest_CannotControlTheTerminal()
    {
        cli.Write("g.wat", AuditGuest.Opening("create", "a\u001b[2J\n\u009b\u202eb;rm'"));
        var error = cli.Run("run", "--dir", ".::/data:ro", "g.wat").Error;
        Assert.DoesNotContain(error, c => c != '\n' && (char.IsControl(c) || c == '\u202e'));
        Assert.Contains(@"/data/a\u{1b}[2J\u{a}\u{9b}\u{202e}b;rm'", error);
        Assert.Equal(4, error.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public void Run_SameRefusalTwice_IsShownOnce()
    {
        cli.Write("g.wat", AuditGuest.Opening("create", "x", "x", "y"));
        var error = cli.Run("run", "--dir", ".::/data:ro", "g.wat").Error;
        Assert.Equal(2, error.Split("denied").Length - 1);
    }

    [Fact]
    public void Run_ManyRefusals_ShowsTwentyAndCountsTheOthers()
    {
        cli.Write("g.wat", AuditGuest.Opening("create", [.. Enumerable.Range(0, 25).Select(i => $"f{i}"), "f24"]));
        var error = cli.Run("run", "--dir", ".::/data:ro", "g.wat").Error;
        Assert.Equal(20, error.Split("denied  path_open").Length - 1);
        Assert.Contains("coffer: 5 other refusals", error);
    }

    [Fact]
    public void Run_QuietDenials_SaysNothing()
    {
        cli.Write("g.wat", AuditGuest.Opening("create", "x"));
        Assert.Equal("", cli.Run("run", "--quiet-denials", "--dir", ".::/data:ro", "g.wat").Error);
    }

    [Fact]
    public void Run_ClockNotGranted_NamesIt()
    {
        cli.Write("c.wat",
            """
            (module
              (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
              (memory (export "memory") 1)
              (func $what_time (drop (call $now (i32.const 0) (i64.const 0) (i32.const 0))))
              (func (export "_start") (call $what_time)))
            """);
        var error = cli.Run("run", "--clock", "monotonic", "c.wat").Error;
        Assert.StartsWith("coffer: denied  clock_time_get  wall\n  the guest has: monotonic\n  to allow: --clock wall ", error);
        Assert.Contains("at: what_time (c.wat+0x", error);
    }

    [Fact]
    public void Run_GuestStopsByItself_ReportComesBeforeTheEnd()
    {
        cli.Write("t.wat", AuditGuest.Opening("create", "x").Replace("(call $proc_exit (global.get $error))", "unreachable"));
        var error = cli.Run("run", "--dir", ".::/data:ro", "t.wat").Error;
        Assert.InRange(error.IndexOf("denied", StringComparison.Ordinal), 0, error.IndexOf("error: trap", StringComparison.Ordinal));
    }

    [Fact]
    public void Report_GuestIsWithinALine_StartsALineOfItsOwn()
    {
        using var error = new MemoryStream();
        var terminal = new Terminal(Stream.Null, Stream.Null, error);
        var screen = new SharedScreen();
        using var guest = screen.Watch(error);
        using (var report = new DenialReport(terminal, screen))
        {
            guest.Write("progress"u8);
            report.Write(Denied("/a"));
            report.Write(Denied("/b"));
            guest.Write("done\n"u8);
        }

        var lines = Encoding.UTF8.GetString(error.ToArray()).Split('\n');
        Assert.Equal("progress", lines[0]);
        Assert.StartsWith("coffer: denied", lines[1]);
        Assert.Single(lines, line => line.StartsWith("coffer: denied  path_open  /b", StringComparison.Ordinal));
        Assert.Equal("done", lines[^2]);
        Assert.DoesNotContain("", lines[..^1]);
    }

    [Fact]
    public void Report_PersonWatches_HasColour()
    {
        using var error = new MemoryStream();
        var terminal = new Terminal(Stream.Null, Stream.Null, error) { ColoursError = true, ErrorIsTerminal = true };
        using (var report = new DenialReport(terminal, new SharedScreen())) report.Write(Denied("/a"));
        Assert.Contains("\u001b[", Encoding.UTF8.GetString(error.ToArray()));
    }

    [Theory]
    [InlineData("--dir /etc::/etc:ro", "--dir /etc::/etc:ro")]
    [InlineData("--dir /a b", "--dir '/a b'")]
    [InlineData("--dir /$(rm)'", "--dir '/$(rm)'\\'''")]
    public void Quote_Rule_IsOneWordForAShell(string rule, string expected) => Assert.Equal(expected, DenialText.Quote(rule));

    private static AuditEvent Denied(string resource) => new()
    {
        Time = DateTimeOffset.UnixEpoch,
        Run = "1",
        Sequence = 1,
        Module = "m",
        Operation = "path_open",
        Kind = "directories",
        Resource = resource,
        Allowed = false,
    };
}
