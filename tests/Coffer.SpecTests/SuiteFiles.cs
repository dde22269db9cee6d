using Coffer.Cli.Wast;
using Coffer.Tests;

namespace Coffer.SpecTests;

/// <summary>The scripts of the suite, and how one is run.</summary>
public static class SuiteFiles
{
    // Proposals that Coffer does not implement are not among them.
    private static readonly string[] Folders =
    [
        "spec/core", "spec/custom", "spec/legacy", "spec/proposals/threads", "spec/proposals/threads-upstream",
        "spec/proposals/wide-arithmetic", "spec/proposals/custom-page-sizes", "spec/proposals/compact-import-section",
    ];

    /// <summary>The path of each script below the test data; one empty path where there are none.</summary>
    public static TheoryData<string> Scripts()
    {
        if (TestData.Root is not { } root) return [""];
        return [.. Folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.wast", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Runs a script and fails with everything that it found.</summary>
    public static void Run(string script, MemoryMode mode, bool tiered = false)
    {
        var file = TestData.Require(script);
        var source = File.ReadAllBytes(file);
        var engine = new Engine(new EngineOptions
        {
            Features = ScriptRules.FeaturesFor(file, source),
            Memory = new MemoryOptions { Mode = mode },
            Tiered = tiered,
        });
        var result = ScriptRunner.Run(
            engine, script, source, ScriptRules.DialectOf(file, source), TestContext.Current.CancellationToken);
        if (result.Failures.Count > 0) Assert.Fail(string.Join(Environment.NewLine, result.Failures));
        Assert.True(result.Passed > 0, "the script has no directive");
    }
}
