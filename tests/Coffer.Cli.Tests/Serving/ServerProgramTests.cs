using Coffer.Cli.Serving;

namespace Coffer.Cli.Tests.Serving;

public sealed class ServerProgramTests
{
    [Theory]
    [InlineData("serve", "a.wasm")]
    [InlineData("proxy")]
    [InlineData("proxy", "--help")]
    [InlineData("policy", "serve", "--port", "1")]
    [InlineData("policy")]
    [InlineData("policy", "eval", "serve")]
    public void Run_LineOfTheServer_IsPassedOnWhole(params string[] line)
    {
        IReadOnlyList<string>? passed = null;
        var context = new CommandContext(
            new Terminal(Stream.Null, Stream.Null, Stream.Null), new HostFiles("/"), CancellationToken.None)
        {
            BecomeServer = arguments =>
            {
                passed = arguments;
                return 42;
            },
        };
        Assert.Equal(42, CommandLine.Run(line, context));
        Assert.Equal(line, passed);
    }

    [Theory]
    [InlineData]
    [InlineData("run", "proxy")]
    [InlineData("run", "policy")]
    [InlineData("PROXY")]
    public void Takes_OtherLine_No(params string[] line) => Assert.False(ServerProgram.Takes(line));

    [Fact]
    public void CommandOf_OwnProgram_IsTheOneInItsFolder()
    {
        var line = ServerProgram.CommandOf("/opt/coffer", "/opt/coffer/coffer", ["proxy", "a b"]);
        Assert.Equal([OperatingSystem.IsWindows() ? "/opt/coffer/server/coffer-server.exe" : "/opt/coffer/server/coffer-server", "proxy", "a b"],
            line.Select(word => word.Replace('\\', '/')));
    }

    [Fact]
    public void CommandOf_RunByDotnet_RunsTheServerByDotnet()
    {
        var line = ServerProgram.CommandOf("/opt/coffer", "/usr/bin/dotnet", ["proxy"]);
        Assert.Equal(["/usr/bin/dotnet", "/opt/coffer/server/coffer-server.dll", "proxy"], line.Select(word => word.Replace('\\', '/')));
    }
}
