using System.Text.Json;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests;

/// <summary>The programs of WebAssembly/wasi-testsuite for WASI 0.1.</summary>
public sealed class WasiTestSuite
{
    private static readonly Dictionary<string, string> KnownFailures = File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "known-failures.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .ToDictionary(line => line.Split(' ', 2)[0], line => line.Split(' ', 2)[1]);

    public static TheoryData<string> Programs()
    {
        var data = new TheoryData<string>();
        var root = TestData.Root is null ? null : Path.Combine(TestData.Root, "wasi-p1", "wasi-testsuite");
        if (root is null || !Directory.Exists(root))
        {
            data.Add("");
            return data;
        }

        var files = Directory.GetFiles(root, "*.wasm", SearchOption.AllDirectories);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            data.Add(Path.GetRelativePath(root, file).Replace('\\', '/'));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Program_Run_MeetsItsSpecification(string program)
    {
        var file = Path.Combine(TestData.Require("wasi-p1/wasi-testsuite"), program);
        Assert.SkipUnless(File.Exists(file), "no wasi-testsuite");
        var failure = Check(file, DirectorySource.Host);
        if (KnownFailures.TryGetValue(program, out var reason))
        {
            Assert.True(failure is not null, $"{program} passes: take it out of known-failures.txt");
            Assert.Skip(reason);
        }

        Assert.True(failure is null, failure);
    }

    /// <summary>Everything that programs do with files they can also do with copies in memory.</summary>
    [Theory]
    [MemberData(nameof(Programs))]
    public void Program_RunOnAnOverlay_MeetsItsSpecification(string program)
    {
        var file = Path.Combine(TestData.Require("wasi-p1/wasi-testsuite"), program);
        Assert.SkipUnless(File.Exists(file), "no wasi-testsuite");
        // Those without files were run above.
        if (new Specification(Path.ChangeExtension(file, ".json")).Root is null) return;

        Assert.Null(Check(file, DirectorySource.Overlay));
    }

    private static string? Check(string file, DirectorySource source)
    {
        using var root = new TemporaryDirectory();
        var specification = new Specification(Path.ChangeExtension(file, ".json"));
        var options = new WasiOptions
        {
            ProgramName = Path.GetFileName(file),
            // This one takes descriptor 3 for one that no program has.
            RootWitness = Path.GetFileName(file) != "sock_shutdown-invalid_fd.wasm",
            Capabilities = Guest.Capabilities
                .With(specification.Arguments.Select(argument => new ArgumentGrant(argument)))
                .With(specification.Environment.Select(pair => new EnvironmentGrant(pair.Key, pair.Value))),
        };
        if (specification.Root is not null)
        {
            root.CopyFrom(Path.Combine(Path.GetDirectoryName(file)!, specification.Root));
            var directory = new DirectoryGrant(root.Path, "/") { Source = source };
            options = options with { Capabilities = options.Capabilities.With(directory) };
        }

        var result = Guest.Run(File.ReadAllBytes(file), options);
        if (result.ExitCode != specification.ExitCode)
        {
            return $"exit code {result.ExitCode} instead of {specification.ExitCode}\n{result.Output}\n{result.Error}";
        }

        if ((specification.Output ?? result.Output) != result.Output) return $"output: {result.Output}\n{result.Error}";
        return (specification.Error ?? result.Error) == result.Error ? null : $"error output: {result.Error}";
    }

    /// <summary>
    /// The legacy form of the suite's description of a run, which all of these programs have. Output that it does not
    /// mention is not checked: one program writes notes to its standard error.
    /// </summary>
    private sealed class Specification
    {
        private readonly JsonElement json;

        public Specification(string file)
        {
            json = JsonDocument.Parse(File.Exists(file) ? File.ReadAllText(file) : "{}").RootElement;
            Assert.False(json.TryGetProperty("operations", out _), "a description by operations is not understood");
        }

        public string[] Arguments => json.TryGetProperty("args", out var list)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : [];

        public Dictionary<string, string> Environment => json.TryGetProperty("env", out var map)
            ? map.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!)
            : [];

        public string? Root => json.TryGetProperty("root", out var root) ? root.GetString() : null;

        public uint ExitCode => json.TryGetProperty("exit_code", out var code) ? code.GetUInt32() : 0;

        public string? Output => json.TryGetProperty("stdout", out var text) ? text.GetString() : null;

        public string? Error => json.TryGetProperty("stderr", out var text) ? text.GetString() : null;
    }
}
