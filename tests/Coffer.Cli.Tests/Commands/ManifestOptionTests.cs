using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;

namespace Coffer.Cli.Tests.Commands;

public sealed class ManifestOptionTests : IDisposable
{
    private static readonly Dictionary<CapabilityKind, string> Examples = new()
    {
        [CapabilityKind.Directory] = "data::/data:ro",
        [CapabilityKind.File] = "a.txt::/a.txt",
        [CapabilityKind.TcpConnect] = "example.com:443",
        [CapabilityKind.TcpListen] = "127.0.0.1:8080",
        [CapabilityKind.Udp] = "example.com:53",
        [CapabilityKind.NameLookup] = "example.com",
        [CapabilityKind.Http] = "GET https://example.com",
        [CapabilityKind.EnvironmentVariable] = "A=1",
        [CapabilityKind.Argument] = "-x",
        [CapabilityKind.StandardStream] = "stdout",
        [CapabilityKind.Clock] = "wall=2026-01-01T00:00:00Z",
        [CapabilityKind.Random] = "seed=7",
    };

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void EveryGrant_AsOptionAndInAManifest_IsTheSame()
    {
        foreach (var syntax in GrantSyntax.All)
        {
            var text = Examples[syntax.Kind];
            var printed = Manifest.Parse(cli.Run("run", $"{syntax.Option}={text}", "--print-manifest", "m.wasm").Succeeds());
            Assert.Equal([syntax.Parse(text)], printed.Capabilities.Grants.Where(grant => grant.Kind == syntax.Kind));

            cli.Write("m.json", $$"""{ "grants": { "{{syntax.ManifestKey}}": ["{{text}}"] } }""");
            var read = Manifest.Parse(cli.Run("run", "--manifest", "m.json", "--print-manifest", "m.wasm").Succeeds());
            Assert.Equal([syntax.Parse(text)], read.Capabilities.Grants);
        }
    }

    [Fact]
    public void EverySetting_AsOptionAndInAManifest_IsTheSame()
    {
        Check("limits", Limits.Syntax, manifest => manifest.Limits);
        Check("quotas", Quotas.Syntax, manifest => manifest.Quotas);
        Check("audit", AuditSettings.Syntax, manifest => manifest.Audit);
    }

    [Fact]
    public void Run_WithManifest_GivesExactlyWhatItSaysAndTheOptions()
    {
        cli.Write("m.json", """{ "module": "m.wasm", "grants": { "clocks": ["wall"], "environment": ["A=1", "B=1"] } }""");

        var manifest = Manifest.Parse(
            cli.Run("run", "--manifest", "m.json", "--env", "A=2", "--stream", "stdout", "--print-manifest").Succeeds());

        Assert.Equal("m.wasm", manifest.Module);
        Assert.Equal(
            new CapabilitySet(
                new ClockGrant(GuestClock.Wall), new EnvironmentGrant("B", "1"), new EnvironmentGrant("A", "2"),
                new StreamGrant(StandardStream.Output)),
            manifest.Capabilities);
    }

    [Fact]
    public void Run_WithoutManifest_LooksForNone()
    {
        cli.Write("coffer.json", """{ "grants": { "environment": ["A=1"] } }""");
        var manifest = Manifest.Parse(cli.Run("run", "--print-manifest", "m.wasm", "x").Succeeds());

        Assert.DoesNotContain(manifest.Capabilities.Grants, grant => grant is EnvironmentGrant);
        Assert.Contains(new ArgumentGrant("x"), manifest.Capabilities.Grants);
        Assert.Equal(3, manifest.Capabilities.Grants.Count(grant => grant is StreamGrant));
    }

    [Fact]
    public void Run_Environment_ComesAfterTheFileAndBeforeTheOptions()
    {
        cli.Write("m.json", """{ "limits": { "fuel": 1, "timeout": "1s" }, "grants": { "environment": ["A=1"] } }""");
        string[] arguments = ["run", "--manifest", "m.json", "--timeout", "3s", "--print-manifest", "m.wasm"];

        var manifest = Manifest.Parse(cli.RunWith(
            [new("limits:fuel", "2"), new("limits:timeout", "2s"), new("grants:environment:0", "A=2"), new("TESTDATA", "x")],
            arguments).Succeeds());

        Assert.Equal(new Limits { Fuel = 2, Timeout = TimeSpan.FromSeconds(3) }, manifest.Limits);
        Assert.Equal([new EnvironmentGrant("A", "2")], manifest.Capabilities.Grants);
        Assert.Contains("what overrides", cli.RunWith([new("limits:feul", "2")], arguments).FailsWith(ExitCode.Usage));
        Assert.Empty(Manifest.Parse(cli.RunWith(
            [new("grants:environment:0", "A=2")], "run", "--print-manifest", "m.wasm").Succeeds())
            .Capabilities.Grants.OfType<EnvironmentGrant>());
    }

    [Fact]
    public void Run_Manifest_StartsAtItsFolder_AndRuns()
    {
        cli.Write("conf/m.wat",
            """
            (module
              (import "wasi_snapshot_preview1" "path_create_directory" (func $create (param i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "made")
              (func (export "_start") (call $exit (call $create (i32.const 3) (i32.const 0) (i32.const 4)))))
            """);
        Directory.CreateDirectory(Path.Combine(cli.Folder, "conf", "data"));
        cli.Write("conf/coffer.json", """{ "module": "m.wat", "grants": { "directories": ["data::/data"] } }""");

        cli.Run("run", "--manifest", "conf/coffer.json").Succeeds();

        Assert.True(Directory.Exists(Path.Combine(cli.Folder, "conf", "data", "made")));
    }

    [Theory]
    [InlineData("""{ "grant": {} }""", "m.json:1:3: there is no \"grant\"")]
    [InlineData("""{ "grants": { "clocks": ["wall", "wall=2026-01-01T00:00:00Z"] } }""", "m.json:1:34: grants.clocks[1]")]
    [InlineData("not json", "m.json:1:2: this is not JSON")]
    public void Run_WrongManifest_IsUsageWithThePlace(string json, string expected)
    {
        cli.Write("m.json", json);
        Assert.StartsWith("error: " + expected, cli.Run("run", "--manifest", "m.json", "m.wasm").FailsWith(ExitCode.Usage));
    }

    [Fact]
    public void Run_NoModule_NoManifest_AreErrors()
    {
        Assert.Contains("module", cli.Run("run").FailsWith(ExitCode.Usage));
        cli.Write("m.json", "{}");
        Assert.Contains("module", cli.Run("run", "--manifest", "m.json").FailsWith(ExitCode.Usage));
        cli.Run("run", "--manifest", "nope.json").FailsWith(ExitCode.InputOutput);
        File.WriteAllBytes(Path.Combine(cli.Folder, "l1.json"), [(byte)'"', 0xFF]);
        Assert.Contains("UTF-8", cli.Run("run", "--manifest", "l1.json").FailsWith(ExitCode.Usage));
    }

    private void Check<T>(string section, IReadOnlyList<SettingSyntax<T>> rows, Func<Manifest, T> part)
    {
        foreach (var row in rows)
        {
            var text = row switch { { Shape: SettingShape.Flag } => "true", { Form: "time" } => "7s", _ => "7" };
            string[] option = row.Shape == SettingShape.Flag ? [row.Option] : [row.Option, text];
            var printed = Manifest.Parse(cli.Run(["run", .. option, "--print-manifest", "m.wasm"]).Succeeds());
            Assert.Equal(text, row.Format(part(printed)));

            var value = row.Shape == SettingShape.Flag ? text : $"\"{text}\"";
            cli.Write("m.json", $$"""{ "{{section}}": { "{{row.ManifestKey}}": {{value}} } }""");
            var read = Manifest.Parse(cli.Run("run", "--manifest", "m.json", "--print-manifest", "m.wasm").Succeeds());
            Assert.Equal(part(printed), part(read));
            if (row.Shape == SettingShape.Flag || row.Form == "file") continue;
            Assert.Contains(row.Option, cli.Run("run", row.Option, "x", "m.wasm").FailsWith(ExitCode.Usage));
        }
    }
}
