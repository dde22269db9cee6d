using System.Diagnostics;
using System.Reflection;

namespace Coffer.Tests.Hostile;

/// <summary>
/// What must not end the process. Each case runs in a child process, so that a crash is a failed test and not the end
/// of all others. The cases are the public static methods of the types of this namespace whose names end in "Cases".
/// </summary>
public sealed class SurvivalTests
{
    private const string CaseVariable = "COFFER_SURVIVAL_CASE";
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    public static TheoryData<string> Cases() =>
        [.. typeof(SurvivalTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(SurvivalTests).Namespace && type.Name.EndsWith("Cases", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Run_HostileGuest_ProcessLives(string name) => RunInChild(name, []);

    /// <summary>The same by code that is not optimized before it is called often, whose frames are larger than any estimate says.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public Task Run_HostileGuestWithTiers_ProcessLives(string name) =>
        RunInChild(name, new() { [Guest.TiersVariable] = "1", ["DOTNET_TieredCompilation"] = "1" });

    private static async Task RunInChild(string name, Dictionary<string, string> variables)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Coffer.Tests.exe" : "Coffer.Tests");
        Assert.SkipUnless(File.Exists(program), "the tests have no program of their own here");
        var start = new ProcessStartInfo(program)
        {
            ArgumentList = { "-method", $"{typeof(SurvivalTests).FullName}.{nameof(Child)}", "-explicit", "only", "-noLogo", "-noColor" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [CaseVariable] = name, ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        foreach (var (variable, value) in variables) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(Bound);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"did not end within {Bound}");
        }

        var text = await output + await errors;
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {text[..Math.Min(text.Length, 4000)]}");
        Assert.Contains("Total: 1", text);
        Assert.SkipWhen(text.Contains("Skipped: 1", StringComparison.Ordinal), "no test data: COFFER_TESTDATA is not set");
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        var name = Environment.GetEnvironmentVariable(CaseVariable) ?? throw new InvalidOperationException("not a child process");
        var type = typeof(SurvivalTests).Assembly.GetType($"{typeof(SurvivalTests).Namespace}.{name.Split('.')[0]}", throwOnError: true)!;
        type.GetMethod(name.Split('.')[1])!.CreateDelegate<Action>()();
        Guest.StillWorks();
    }
}
