using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Coffer.Fastly.Abi;
using Coffer.Fastly.Ambient;

namespace Coffer.Fastly.Tests;

/// <summary>What docs/fastly.md says is so.</summary>
public sealed partial class DocumentationTests
{
    private static string PathOf([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../docs/fastly.md");

    private static string HerePath([CallerFilePath] string here = "") => here;

    private static string Table() => string.Join('\n', HostLinker.All.GroupBy(function => function.Module).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
        $"| `{group.Key}` | {Names(group, isSupported: true)} | {Names(group, isSupported: false)} |"));

    private static string Names(IEnumerable<HostFunction> functions, bool isSupported) => string.Join(
        ", ", functions.Where(function => function.IsSupported == isSupported).Select(function => function.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Table_OfFunctions_IsThatOfTheHost() =>
        Assert.Contains($"|---|---|---|\n{Table()}\n", File.ReadAllText(PathOf()).ReplaceLineEndings("\n"), StringComparison.Ordinal);

    /// <summary>Writes the table; run it by itself when the functions have changed.</summary>
    [Fact(Explicit = true)]
    public void WriteTable() => File.WriteAllText(PathOf(), OldTable().Replace(File.ReadAllText(PathOf()).ReplaceLineEndings("\n"), _ => $"|---|---|---|\n{Table()}\n\n"));

    [Fact]
    public void Manifest_IsRead()
    {
        var toml = Toml().Match(File.ReadAllText(PathOf()).ReplaceLineEndings("\n")).Groups[1].Value;
        var configuration = FastlyConfiguration.Parse(toml, "fastly.toml", new ConfigurationFiles(Path.GetTempPath()));
        Assert.Equal("www.example.com", configuration.Backends["origin"].OverrideHost);
        Assert.Equal("hello", configuration.ConfigStores["settings"].Get("greeting"));
        Assert.Equal("first", Assert.Single(configuration.KeyValueStores["things"]).Key);
        Assert.NotNull(configuration.SecretStores["secrets"].Get("token"));
        Assert.Single(configuration.Geolocation.Addresses);
        Assert.Single(configuration.Devices);
        Assert.Single(configuration.ShieldingSites);
    }

    [Fact]
    public async Task Example_DoesWhatItSays()
    {
        using var folder = new Coffer.Capabilities.Tests.TemporaryDirectory();
        await File.WriteAllTextAsync(folder["fastly.toml"], "[local_server]");
        var module = AbiGuest.Program;
        var (request, response) = (new TestRequest(), new TestResponse());
        // The lines of the document.
        using var application = await FastlyApplication.CreateAsync(module, FastlyConfiguration.Read(folder["fastly.toml"]));
        using var store = new Store(module.Engine, new StoreLimits { MemoryBytes = 128 << 20 });
        store.SetDeadline(TimeSpan.FromSeconds(30));
        var result = application.Run(store, request, response);
        var lines = Example().Match(await File.ReadAllTextAsync(PathOf())).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        var here = (await File.ReadAllTextAsync(HerePath())).Replace("folder[\"fastly.toml\"]", "\"fastly.toml\"", StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Contains(line, here, StringComparison.Ordinal));
        Assert.Equal(FastlyOutcome.NoResponse, result.Outcome);
        Assert.Equal(500, result.StatusCode);
    }

    [GeneratedRegex(@"\|---\|---\|---\|\n(?:.+\n)*\n")]
    private static partial Regex OldTable();

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"```toml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Toml();
}
