using System.Text;
using Coffer.Capabilities.Audit;

namespace Coffer.Cli.Tests.Audit;

public sealed class RunAuditTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Run_Audit_AppendsWhatWasAllowedAndDenied()
    {
        cli.Write("g.wat", AuditGuest.Opening("read", "g.wat", "nope", "../x"));
        for (var i = 0; i < 2; i++) cli.Run("run", "--audit", "a.jsonl", "--dir", ".::/data:ro", "g.wat");
        var events = Events("a.jsonl");
        Assert.Equal(6, events.Count);
        Assert.Equal(2, events.Select(audited => audited.Run).Distinct().Count());
        var run = events[..3];
        Assert.Equal([1, 2, 3], run.Select(audited => audited.Sequence));
        Assert.Equal(["/data/g.wat", "/data/nope", "/data/../x"], run.Select(audited => audited.Resource));
        Assert.Equal([true, true, false], run.Select(audited => audited.Allowed));
        Assert.Equal(["", "NotFound", ""], run.Select(audited => audited.Outcome));
        Assert.All(run, audited => Assert.Equal("g.wat", audited.Module));
        Assert.Equal("--dir .::/data:ro", run[0].Rule);
        Assert.StartsWith("read (g.wat+0x", run[2].Backtrace[0]);
        Assert.Empty(run[0].Backtrace);
    }

    [Fact]
    public void Run_AuditToStandardError_WritesOnlyJsonThere()
    {
        cli.Write("g.wat", AuditGuest.Opening("read", "../x"));
        var error = cli.Run("run", "--audit", "-", "--dir", ".::/data:ro", "g.wat").Error;
        Assert.False(AuditJson.Read(Encoding.UTF8.GetBytes(error.TrimEnd('\n'))).Allowed);
    }

    [Fact]
    public void Run_AuditFileCannotBeMade_IsInputOutput()
    {
        cli.Write("g.wat", AuditGuest.Opening("read", "x"));
        Assert.Contains("none/a", cli.Run("run", "--audit", "none/a", "g.wat").FailsWith(ExitCode.InputOutput));
    }

    [Fact]
    public void Run_StrictWithoutFile_IsUsage()
    {
        cli.Write("g.wat", AuditGuest.Opening("read", "x"));
        Assert.Contains("--audit FILE", cli.Run("run", "--audit-strict", "g.wat").FailsWith(ExitCode.Usage));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_AuditFileIsFull_StrictFailsOthersAreTold(bool isStrict)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no file here that is always full");
        cli.Write("g.wat", AuditGuest.Opening("read", "g.wat"));
        string[] options = ["--audit", "/dev/full", "--dir", ".::/data:ro"];
        if (isStrict)
        {
            Assert.Contains("the audit trail cannot be written", cli.Run(["run", "--audit-strict", .. options, "g.wat"]).FailsWith(ExitCode.Audit));
            return;
        }

        var result = cli.Run(["run", .. options, "g.wat"]);
        Assert.Equal(0, result.Code);
        Assert.StartsWith("coffer: 1 decisions were not recorded in \"/dev/full\"", result.Error);
    }

    [Fact]
    public void Run_StrictAuditFails_StopsTheGuest()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no file here that is always full");
        cli.Write("loop.wat", AuditGuest.Opening("read", "g.wat").Replace("(func (export \"_start\")", "(func (export \"_start\") (loop $again")
            .Replace("(call $proc_exit (global.get $error))", "(br $again))"));
        string[] options = ["--timeout", "60s", "--audit-strict", "--audit", "/dev/full", "--dir", ".::/data:ro"];
        var error = cli.Run(["run", .. options, "loop.wat"]).FailsWith(ExitCode.Audit);
        Assert.Contains("the audit trail cannot be written", error);
        Assert.Contains("hint: without --audit-strict", error);
    }

    private List<AuditEvent> Events(string file) =>
        [.. File.ReadLines(Path.Combine(cli.Folder, file)).Select(line => AuditJson.Read(Encoding.UTF8.GetBytes(line)))];
}
