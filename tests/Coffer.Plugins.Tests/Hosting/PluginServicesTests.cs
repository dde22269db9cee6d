using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Coffer.Plugins.Hosting;
using Coffer.Plugins.Testing;
using Coffer.Plugins.Tests.Lifecycle;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coffer.Plugins.Tests.Hosting;

public sealed class PluginServicesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-hosting-");
    private readonly RecordedLogs logs = new();

    public void Dispose() => folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private IHost Build(string json)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        builder.Services.AddSingleton<ILoggerFactory>(logs);
        builder.Services.AddCofferPlugins(builder.Configuration.GetSection("Plugins"));
        builder.Services.AddHealthChecks().AddCofferPlugins();
        return builder.Build();
    }

    private static async Task<HealthReport> Check(IHost app) => await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    [Fact]
    public async Task Configuration_Whole_IsWhatThePluginsAreRunWith()
    {
        var module = Write("a.wat", Wat.Answer(4));
        using var app = Build($$"""
            { "Plugins": { "Plugins": { "a": {
                "Path": "{{module}}", "Instances": "Fresh", "FailurePolicy": "FailOpen", "Config": { "key": "value" },
                "Limits": { "MemoryBytes": 1000000, "CallTimeout": "00:00:00.250", "Concurrency": 3 },
                "Grants": { "http": ["https://api.example.com"], "environment": ["A=b"] },
                "Probes": { "answer": "" } } } } }
            """);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var plugin = app.Services.GetRequiredService<PluginHost>().Get("a");
        Assert.Equal(4, Wat.Number(plugin.Call("answer")));
        var options = plugin.Options;
        Assert.Equal((InstancePolicy.Fresh, Plugins.Versions.FailurePolicy.FailOpen), (options.Instances, options.FailurePolicy));
        Assert.Equal((1000000L, 250.0, 3), (options.Limits.MemoryBytes, options.Limits.CallTimeout.TotalMilliseconds, options.Limits.Concurrency));
        Assert.Equal(64 << 20, PluginLimits.Default.MemoryBytes);
        Assert.Equal("value", options.Config["key"]);
        Assert.Equal(["--http https://api.example.com", "--env A=b"], options.Grants.Grants.Select(grant => grant.Rule));
        Assert.Equal(HealthStatus.Healthy, (await Check(app)).Status);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("""{ "Path": "x.wasm", "Manifest": "y.json" }""", "both Path and Manifest")]
    [InlineData("""{ }""", "neither Path nor Manifest")]
    [InlineData("""{ "Path": "x.wasm", "Digest": "abc" }""", "no digest")]
    [InlineData("""{ "Path": "x.wasm", "Grants": { "magic": ["x"] } }""", "kind \"magic\"")]
    [InlineData("""{ "Path": "x.wasm", "Grants": { "http": ["nonsense"] } }""", "nonsense")]
    public async Task Configuration_ThatIsWrong_KeepsTheApplicationFromStarting(string entry, string says)
    {
        using var app = Build($$"""{ "Plugins": { "Plugins": { "a": {{entry}} } } }""");
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.Contains("\"a\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_ThatCannotBeLoaded_KeepsTheApplicationFromStarting_UnlessItIsOptional()
    {
        var bad = Write("bad.wat", "(module (func $s unreachable) (start $s))");
        using var strict = Build($$"""{ "Plugins": { "Plugins": { "a": { "Path": "{{bad}}" } } } }""");
        await Assert.ThrowsAsync<PluginException>(() => strict.StartAsync(TestContext.Current.CancellationToken));
        using var lenient = Build($$"""{ "Plugins": { "Plugins": { "a": { "Path": "{{bad}}", "IsOptional": true } } } }""");
        await lenient.StartAsync(TestContext.Current.CancellationToken);
        var report = await Check(lenient);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("a", report.Entries["plugins"].Description, StringComparison.Ordinal);
        Assert.Contains(logs.All, line => line.Event == 2101);
    }

    [Fact]
    public async Task Folder_IsLoaded_AndAnExtismManifestIsApplied()
    {
        var modules = folder.CreateSubdirectory("modules");
        await File.WriteAllTextAsync(Path.Combine(modules.FullName, "one.wat"), Wat.Answer(1), TestContext.Current.CancellationToken);
        Write("two.wat", Wat.Answer(2));
        var manifest = Write("two.json", """{ "wasm": [ { "path": "two.wat" } ], "timeout_ms": 77 }""");
        using var app = Build($$"""
            { "Plugins": { "Folder": "{{modules.FullName}}", "Plugins": { "two": { "Manifest": "{{manifest}}" }, "one": { "Instances": "LongLived" } } } }
            """);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var host = app.Services.GetRequiredService<PluginHost>();
        Assert.Equal((1, 2), (Wat.Number(host.Get("one").Call("answer")), Wat.Number(host.Get("two").Call("answer"))));
        Assert.Equal(InstancePolicy.LongLived, host.Get("one").Options.Instances);
        Assert.Equal(77, host.Get("two").Options.Limits.CallTimeout.TotalMilliseconds);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Configuration_ThatChanges_IsFollowed()
    {
        var (first, second) = (Write("1.wat", Wat.Answer(1)), Write("2.wat", Wat.Answer(2)));
        var settings = Write("settings.json", $$"""{ "Plugins": { "Plugins": { "a": { "Path": "{{first}}" } } } }""");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddJsonFile(settings, optional: false, reloadOnChange: false);
        builder.Services.AddSingleton<ILoggerFactory>(logs);
        builder.Services.AddCofferPlugins(builder.Configuration.GetSection("Plugins"));
        using var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var plugin = app.Services.GetRequiredService<PluginHost>().Get("a");
        Assert.Equal(1, Wat.Number(plugin.Call("answer")));
        Write("settings.json", $$"""{ "Plugins": { "Plugins": { "a": { "Path": "{{second}}" } } } }""");
        ((IConfigurationRoot)builder.Configuration).Reload();
        for (var i = 0; i < 500 && Wat.Number(plugin.Call("answer")) == 1; i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(2, Wat.Number(plugin.Call("answer")));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Telemetry_MeasuresCallsAndFailures()
    {
        var measured = new List<(string Name, string? Failure)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == PluginTelemetry.Name) self.EnableMeasurementEvents(instrument); } };
        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString());
            if (all["coffer.plugin"] == "telemetry") measured.Add((instrument.Name, all.GetValueOrDefault("coffer.failure")));
        }

        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        var activities = new List<Activity>();
        using var source = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == PluginTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => { if (activity.GetTagItem("coffer.plugin") is "telemetry") activities.Add(activity); },
        };
        ActivitySource.AddActivityListener(source);
        await using var host = new PluginHost();
        var plugin = await host.LoadAsync("telemetry", PluginSource.FromText(Wat.Counter), null, TestContext.Current.CancellationToken);
        plugin.Call("count");
        Assert.Throws<PluginException>(() => plugin.Call("trap"));
        Assert.Equal(
            [("coffer.plugin.swaps", null), ("coffer.plugin.call.duration", null), ("coffer.plugin.call.failures", "Trapped"), ("coffer.plugin.call.duration", null)],
            measured);
        Assert.Equal([("count", ActivityStatusCode.Unset), ("trap", ActivityStatusCode.Error)],
            activities.Select(activity => ((string)activity.GetTagItem("coffer.function")!, activity.Status)));
    }
}
