using System.Collections.Concurrent;
using Coffer.Edge.Configuration;

namespace Coffer.Edge.Tests.Chaos;

/// <summary>Files that change under a server that serves.</summary>
public sealed class ConfigurationTests
{
    private const string Head = "Content-Type: text/plain\n\n";

    private static string Configuration(string module, string more = "") =>
        $$"""{ "listeners": [{ "address": "127.0.0.1:0" }]{{more}}, "apps": { "app": { "module": "{{module}}", "routes": ["/"] } } }""";

    [Fact]
    public async Task Exchanged_HundredsOfTimes_GoodAndBad_NoRequestFails()
    {
        await using var edge = await TestEdge.StartAsync(Configuration("app.wat"), ("app.wat", Programs.Printing(Head + "0")));
        string[] bad =
        [
            "", "{", "[]", "null", "\0\0\0", Configuration("absent.wat"), Configuration("torn.wat"), Configuration("app.wat")[..40], Configuration("app.wat", ", \"unknown\": 1"),
            Configuration("app.wat").Replace("\"/\"", "\"nowhere\"", StringComparison.Ordinal), Configuration("app.wat").Replace("127.0.0.1:0", "127.0.0.1:1", StringComparison.Ordinal),
            new string('[', 100_000),
        ];
        edge.Write("torn.wat", Programs.Printing(Head)[..200]);
        var current = 0;
        using var end = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        var served = 0;
        var load = Enumerable.Range(0, 6).Select(async _ =>
        {
            while (!end.IsCancellationRequested)
            {
                var least = Volatile.Read(ref current);
                using var response = await edge.Client.GetAsync("/", CancellationToken.None);
                var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
                Interlocked.Increment(ref served);
                // No version that was there before the request came has gone on.
                if (!response.IsSuccessStatusCode || !int.TryParse(text, out var version) || version < least) failures.Enqueue($"{(int)response.StatusCode} {text} after {least}");
            }
        }).ToList();
        for (var i = 1; i <= 300; i++)
        {
            if (i % 3 != 0)
            {
                edge.Write("coffer.json", bad[i % bad.Length]);
                await Assert.ThrowsAsync<ConfigurationException>(edge.Server.ReloadAsync);
                continue;
            }

            edge.Write($"app{i % 2}.wat", Programs.Printing($"{Head}{i}"));
            edge.Write("coffer.json", Configuration($"app{i % 2}.wat"));
            await edge.Server.ReloadAsync();
            Volatile.Write(ref current, i);
        }

        await end.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(failures);
        Assert.True(served > 300, $"{served} requests are no load");
        Assert.Equal("300", await edge.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Module_TornOrGone_WhatServesGoesOn()
    {
        await using var edge = await TestEdge.StartAsync(Configuration("app.wat"), ("app.wat", Programs.Printing(Head + "one")));
        var path = Path.Combine(edge.Folder, "app.wat");
        foreach (var content in (string?[])["", "(module", Programs.Printing(Head)[..100], null])
        {
            if (content is null) File.Delete(path);
            else edge.Write("app.wat", content);
            Assert.Equal("one", await edge.Client.GetStringAsync("/"));
            await Assert.ThrowsAsync<ConfigurationException>(edge.Server.ReloadAsync);
            Assert.Equal("one", await edge.Client.GetStringAsync("/"));
        }

        edge.Write("app.wat", Programs.Printing(Head + "two"));
        await edge.Server.ReloadAsync();
        Assert.Equal("two", await edge.Client.GetStringAsync("/"));
    }

    // An app that is compiled when it is needed must not become what somebody has put in its place meanwhile.
    [Fact]
    public async Task Module_OfAColdApp_Exchanged_IsNotServedUnseen()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "one"), "\"warm\": 0");
        edge.Write("app.wasm", Programs.Printing(Head + "two"));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(503, (int)response.StatusCode);
        await edge.Log.WaitForAsync("has changed, and the configuration was not read again");
        await edge.Server.ReloadAsync();
        Assert.Equal("two", await edge.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Log_OnAFullDisk_RequestsAreServed()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        await using var edge = await TestEdge.StartAsync(Configuration("app.wat", ", \"accessLog\": \"full.jsonl\""), ("app.wat", Programs.Printing(Head + "good")));
        // A file whose disk has no room for anything.
        File.Delete(Path.Combine(edge.Folder, "full.jsonl"));
        File.CreateSymbolicLink(Path.Combine(edge.Folder, "full.jsonl"), "/dev/full");
        await edge.Server.ReloadAsync();
        for (var i = 0; i < 2000; i++) Assert.Equal("good", await edge.Client.GetStringAsync("/"));
    }
}
