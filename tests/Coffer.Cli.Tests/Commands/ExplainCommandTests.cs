using System.Text.Json;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Tests.Commands;

public sealed class ExplainCommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Explain_Writer_CouldOnlyUseStreams()
    {
        var text = Explain("fd_write", "proc_exit");

        Assert.StartsWith("m.wat could ask for:\n  streams: fd_write\nit can certainly not use:\n  directories, files, ", text);
    }

    [Fact]
    public void Explain_WriterThatOpens_CouldChangeFiles()
    {
        var text = Explain("fd_write", "path_open");

        Assert.Contains("  directories (read,write,create): fd_write, path_open\n", text);
        Assert.Contains("  directories for: delete,metadata\n", text);
        Assert.Contains("  files (read,write): fd_write, path_open\n", text);
    }

    [Fact]
    public void Explain_Nothing_CouldAskForNothing()
    {
        cli.Write("m.wat", "(module)");
        var text = cli.Run("explain", "m.wat").Succeeds();

        Assert.StartsWith("m.wat could ask for nothing\n", text);
        Assert.All(GrantSyntax.All, row => Assert.Contains(row.ManifestKey, text));
    }

    [Fact]
    public void Explain_OtherImports_AreNamed()
    {
        cli.Write("m.wat",
            """
            (module
              (import "env" "log" (func))
              (import "env" "a\1b[2J" (global i32))
              (import "wasi_snapshot_preview1" "fd_teleport" (func))
              (import "wasi" "thread-spawn" (func (param i32) (result i32))))
            """);
        var text = cli.Run("explain", "m.wat").Succeeds();

        Assert.Contains("  threads: thread-spawn\n", text);
        Assert.Contains("  env: log, a\uFFFD[2J\n", text);
        Assert.Contains("  wasi_snapshot_preview1: fd_teleport\n", text);
    }

    [Fact]
    public void Explain_Json_SaysTheSame()
    {
        Explain("path_unlink_file", "random_get", "log");
        using var json = JsonDocument.Parse(cli.Run("explain", "--json", "m.wat").Succeeds());
        var root = json.RootElement;

        var directories = root.GetProperty("couldAskFor")[0];
        Assert.Equal("directories", directories.GetProperty("kind").GetString());
        Assert.Equal("delete", directories.GetProperty("access")[0].GetString());
        Assert.Equal("path_unlink_file", directories.GetProperty("functions")[0].GetString());
        Assert.Equal("random", root.GetProperty("couldAskFor")[1].GetProperty("kind").GetString());
        Assert.Equal(10, root.GetProperty("never").GetArrayLength());
        Assert.Equal("log", root.GetProperty("otherImports")[0].GetProperty("names")[0].GetString());
    }

    [Fact]
    public void Explain_NoModule_FailsAsACommand() => cli.Run("explain", "nope").FailsWith(ExitCode.InputOutput);

    private string Explain(params string[] functions)
    {
        var imports = functions.Select(name => $"(import \"wasi_snapshot_preview1\" \"{name}\" (func))");
        cli.Write("m.wat", $"(module {string.Concat(imports)})");
        return cli.Run("explain", "m.wat").Succeeds();
    }
}
