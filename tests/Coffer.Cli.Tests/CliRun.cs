using System.Text;
using Microsoft.Extensions.Configuration.Memory;

namespace Coffer.Cli.Tests;

/// <summary>Runs command lines inside the test's process, in a folder of its own.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-cli-");

    public string Folder => folder.FullName;

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public CliResult Run(params string[] arguments) => Run("", CancellationToken.None, arguments);

    public CliResult Run(string input, CancellationToken cancellation, params string[] arguments) =>
        Run(input, [], arguments, cancellation);

    /// <summary>Runs with variables of the environment that override manifests, without their prefix.</summary>
    public CliResult RunWith(KeyValuePair<string, string?>[] variables, params string[] arguments) =>
        Run("", variables, arguments, CancellationToken.None);

    /// <summary>Runs with a stream as input, which may never end.</summary>
    public CliResult Run(Stream input, CancellationToken cancellation, params string[] arguments) =>
        Run(input, [], arguments, cancellation);

    private CliResult Run(
        string input, KeyValuePair<string, string?>[] variables, string[] arguments, CancellationToken cancellation)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));
        return Run(stream, variables, arguments, cancellation);
    }

    private CliResult Run(
        Stream input, KeyValuePair<string, string?>[] variables, string[] arguments, CancellationToken cancellation)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var context = new CommandContext(new Terminal(input, output, error), new HostFiles(Folder), cancellation)
        {
            Environment = new MemoryConfigurationSource { InitialData = variables },
        };
        var code = CommandLine.Run(arguments, context);
        return new CliResult(code, Text(output), Text(error), output.ToArray());
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static string Text(MemoryStream stream) =>
        Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\n");
}

/// <summary>What a command line gave.</summary>
internal sealed record CliResult(int Code, string Output, string Error, byte[] Bytes)
{
    /// <summary>Fails unless the command succeeded, with what it said.</summary>
    public string Succeeds()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Error}");
        Assert.Equal("", Error);
        return Output;
    }

    /// <summary>Fails unless the command failed as a command should: short, and without a .NET stack trace.</summary>
    public string FailsWith(int code)
    {
        Assert.True(Code == code, $"exit code {Code}, not {code}: {Error}{Output}");
        Assert.StartsWith("error: ", Error);
        Assert.DoesNotContain(".cs:line", Error);
        Assert.DoesNotContain("   at Coffer.", Error);
        var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Count(line => !line.StartsWith("  at ", StringComparison.Ordinal)), 1, 4);
        return Error;
    }
}
