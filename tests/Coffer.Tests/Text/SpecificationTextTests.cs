using Coffer.Text;

namespace Coffer.Tests.Text;

/// <summary>
/// The text of every script of the specification's test suite: what must parse and what must not, and why.
/// </summary>
public class SpecificationTextTests
{
    private static readonly string[] Folders =
    [
        "core", "custom", "legacy", "proposals/compact-import-section", "proposals/custom-page-sizes",
        "proposals/threads", "proposals/threads-upstream", "proposals/wide-arithmetic",
    ];

    [Fact]
    public void Parse_EveryScript_Succeeds()
    {
        var scripts = Scripts();
        Assert.True(scripts.Count >= 258, $"only {scripts.Count} scripts");
        Assert.All(scripts, path => WastScript.Parse(File.ReadAllBytes(path)));
    }

    [Fact]
    public void Encode_EveryWellFormedModule_Succeeds()
    {
        var failures = new List<string>();
        foreach (var path in Scripts())
        {
            foreach (var directive in Flatten(WastScript.Parse(File.ReadAllBytes(path)).Directives))
            {
                if (WellFormedModule(directive) is not { } module) continue;
                try
                {
                    module.Encode();
                }
                catch (CofferException error)
                {
                    failures.Add($"{path}:{directive.Line}: {error.Message}");
                }
            }
        }

        Assert.Empty(failures);
    }

    [Fact]
    public void Encode_EveryMalformedQuotation_FailsAsExpected()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var path in Scripts())
        {
            foreach (var directive in Flatten(WastScript.Parse(File.ReadAllBytes(path)).Directives))
            {
                if (directive is not AssertMalformedDirective { Module: WastQuotedModule module } expected) continue;
                if (IsOutdated(path, expected.Message)) continue;
                count++;
                var reason = ReasonOf(module);
                if (!reason.StartsWith(expected.Message, StringComparison.Ordinal))
                {
                    failures.Add($"{path}:{directive.Line}: expected '{expected.Message}', was '{reason}'");
                }
            }
        }

        Assert.Empty(failures);
        Assert.True(count > 1200, $"only {count} modules");
    }

    private static string ReasonOf(WastQuotedModule module)
    {
        try
        {
            module.Encode();
            return "no error";
        }
        catch (MalformedException error)
        {
            return error.Reason;
        }
    }

    // The threads proposal still has these as malformed; the specification now leaves them to validation.
    private static bool IsOutdated(string path, string message) =>
        path.EndsWith(Path.Combine("proposals", "threads", "memory.wast"), StringComparison.Ordinal)
        && message == "i32 constant out of range";

    private static WastModule? WellFormedModule(WastDirective directive) => directive switch
    {
        ModuleDirective { Module: var module } => module,
        ModuleDefinitionDirective { Module: var module } => module,
        AssertModuleTrapDirective { Module: var module } => module,
        AssertUnlinkableDirective { Module: var module } => module,
        AssertInvalidDirective { IsCustom: false, Module: var module } => module,
        _ => null,
    };

    private static IEnumerable<WastDirective> Flatten(IEnumerable<WastDirective> directives) =>
        directives.SelectMany(directive => directive is ThreadDirective thread ? Flatten(thread.Body) : [directive]);

    private static List<string> Scripts()
    {
        var root = TestData.Require("spec");
        return Folders
            .Select(folder => Path.Combine(root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.wast", SearchOption.AllDirectories))
            .ToList();
    }
}
