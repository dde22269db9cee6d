using Coffer.Tests.Regressions;

namespace Coffer.Tests.Hostile;

/// <summary>
/// The modules of other runtimes' bug reports. They crashed somebody; here each must do what its report says, or end
/// with an error of Coffer. What differs for a reason stands in <c>Regressions/exceptions.txt</c>.
/// </summary>
public static class RegressionCases
{
    // Who must return gets the time that a busy machine takes; whose calls may end in any way, little.
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    /// <summary>What the comments of the modules say, by file and function.</summary>
    private static readonly Dictionary<string, string> Said = new()
    {
        ["wasm3-regress/regression/github-405.wasm to_test"] = "returned nan:f32",
        ["wasm3-regress/regression/github-442.wasm to_test"] = "returned 0xffffffff:i32",
        ["wasm3-regress/regression/github-462.wasm _start"] = "returned 0x0:i32",
        ["wasm3-regress/regression/github-465.wasm _start"] = "returned 0x0:i32",
        ["wasm3-regress/regression/github-477.wasm main"] = "returned",
        ["wasm3-regress/regression/github-479.wasm main"] = "exhausted CallStack",
        ["wazero-regress/engine/unreachable.wasm main"] = "not linked: host.cause_unreachable was called",
        ["wazero-regress/engine/infinite_loop.wasm infinite_loop"] = "exhausted Deadline",
        ["wazero-regress/engine/overflow.wasm i32"] = "returned 0x1:i32",
        ["wazero-regress/engine/overflow.wasm i64"] = "returned 0x1:i32",
        ["wazero-regress/engine/global_extend.wasm extend"] = "returned 0xffffffff:i64",
        ["wazero-regress/engine/huge_call_stack_unwind.wasm "] = "trapped: integer divide by zero",
        ["wazero-regress/engine/reftype_imports.wasm get_externref_by_host"] = "not linked: host.externref was called",
        ["wazero-regress/engine/eh_throw_ref_null.wasm throw_ref_null"] = "trapped: null exception reference",
        ["wazero-regress/engine/eh_br_own_label.wasm run"] = "returned 0x1:i32",
        ["wazero-regress/engine/eh_catch_outside.wasm run"] = "returned 0x1:i32",
    };

    public static void Wamr()
    {
        var root = TestData.Require("misc/wamr-regress");
        var run = new List<string>();
        var differences = new List<string>();
        foreach (var expectation in WamrExpectation.Read(Path.Combine(root, "running_config.json")))
        {
            var folder = Path.Combine(root, "issues", expectation.Folder);
            foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, expectation.File) : [])
            {
                using var guest = new RegressionGuest(Generous);
                var outcome = guest.Run(file, expectation.Function, expectation.Arguments);
                run.Add(file);
                if (!expectation.Accepts(outcome))
                {
                    differences.Add($"{expectation.Folder}/{Path.GetFileName(file)}: expected {expectation.Code} {expectation.Output}, {outcome}");
                }
            }
        }

        foreach (var file in Directory.GetFiles(Path.Combine(root, "issues"), "*.wasm", SearchOption.AllDirectories).Except(run))
        {
            using var guest = new RegressionGuest(Short);
            guest.RunAll(file);
        }

        AssertExceptions(differences);
        Assert.True(run.Count > 80, $"only {run.Count} modules");
    }

    public static void Wasm3() => RunFolder("misc/wasm3-regress", atLeast: 8);

    public static void Wazero() => RunFolder("misc/wazero-regress", atLeast: 90);

    private static void RunFolder(string folder, int atLeast)
    {
        var root = TestData.Require(folder);
        var said = Said.Where(pair => pair.Key.StartsWith(Path.GetFileName(folder), StringComparison.Ordinal)).ToDictionary();
        var count = 0;
        var differences = new List<string>();
        foreach (var file in Directory.GetFiles(root, "*.wasm", SearchOption.AllDirectories))
        {
            using var guest = new RegressionGuest(Short);
            count++;
            foreach (var (function, outcome) in guest.RunAll(file))
            {
                var key = $"{Path.GetFileName(folder)}/{Path.GetRelativePath(root, file).Replace('\\', '/')} {function}";
                if (said.Remove(key, out var expected) && expected != outcome) differences.Add($"{key}: expected {expected}, {outcome}");
            }
        }

        Assert.Empty(differences);
        Assert.Empty(said);
        Assert.True(count >= atLeast, $"only {count} modules");
    }

    /// <summary>The differences must be the ones that are listed, each with its reason.</summary>
    private static void AssertExceptions(List<string> differences)
    {
        var found = differences.Select(difference => difference.Split(':')[0]).ToHashSet();
        var listed = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Regressions", "exceptions.txt"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ')[0]).ToHashSet();
        Assert.True(listed.SetEquals(found), string.Join(Environment.NewLine, differences.Concat(listed.Except(found))));
    }
}
