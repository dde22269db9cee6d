namespace Coffer.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void NoVerb_IsUsage() => cli.Run().FailsWith(ExitCode.Usage);

    [Fact]
    public void UnknownVerb_IsNamed() => Assert.Contains("fly", cli.Run("fly").FailsWith(ExitCode.Usage));

    [Fact]
    public void Help_ListsVerbsAndExitCodes()
    {
        var help = cli.Run("--help").Succeeds();
        Assert.Contains("run", help);
        Assert.Contains("134", help);
    }

    [Fact]
    public void Report_UnknownException_IsABugWithoutStackTrace()
    {
        using var error = new MemoryStream();
        Exception bug;
        try
        {
            throw new InvalidOperationException("odd\u001b[2J");
        }
        catch (InvalidOperationException e)
        {
            bug = e;
        }

        Assert.Equal(ExitCode.Bug, ErrorReport.Write(new Terminal(Stream.Null, Stream.Null, error), bug));
        var text = System.Text.Encoding.UTF8.GetString(error.ToArray());
        Assert.StartsWith("bug: InvalidOperationException: odd\uFFFD[2J", text);
        Assert.DoesNotContain(nameof(Report_UnknownException_IsABugWithoutStackTrace), text);
    }
}
