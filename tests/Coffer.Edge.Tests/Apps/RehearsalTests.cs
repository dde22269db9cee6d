using System.Diagnostics;

namespace Coffer.Edge.Tests.Apps;

/// <summary>What an app that is kept warm does before its first request, and what nobody may notice of it.</summary>
public sealed class RehearsalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly string Looping = Programs.Running("(loop $l (br $l))");

    // Makes a file in the folder that it is granted, and answers.
    private const string Writing = $"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          {Programs.Prelude}
          (memory (export "memory") 1)
          (data (i32.const 128) "made")
          (data (i32.const 1024) "Content-Type: text/plain\0a\0ax")
          (func (export "_start")
            (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 4) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
            (call $print (i32.const 1024) (i32.const 27))))
        """;

    [Fact]
    public async Task AppKeptWarm_IsAskedBeforeItServes_AndEndedWhenItDoesNotAnswer()
    {
        var start = Stopwatch.GetTimestamp();
        await using var edge = await TestEdge.OfAppAsync(Looping, "\"limits\": { \"time\": \"30s\" }");
        // That it was asked is told by nothing else than that it was ended, which is no sooner.
        Assert.True(Stopwatch.GetElapsedTime(start) >= Patience);
    }

    [Fact]
    public async Task App_AskedBeforeItServes_ChangesNothingOfWhatItIsGranted()
    {
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wasm", "routes": ["/"], "grants": { "directories": ["granted::/::rw"] } } } }""",
            ("granted/other", "x"), ("app.wasm", Writing));
        var made = Path.Combine(edge.Folder, "granted", "made");
        Assert.False(File.Exists(made));
        Assert.Equal("x", await edge.Client.GetStringAsync("/"));
        Assert.True(File.Exists(made));
    }

    [Fact]
    public async Task App_AskedBeforeItServes_IsNeitherCountedNorLogged()
    {
        await using var edge = await TestEdge.OfAppAsync(Writing.Replace("(func (export \"_start\")", "(func (export \"_start\") (if (i32.eqz (i32.load (i32.const 8))) (then (drop (call $write (i32.const 2) (i32.const 1024) (i32.const 26))) unreachable))", StringComparison.Ordinal));
        var statistics = edge.Server.Apps.All.Single().Statistics;
        Assert.Equal((0, 0, 0, 0), (statistics.Requests, statistics.Denials, statistics.Instantiations, statistics.WithStatus(5)));
        Assert.DoesNotContain(edge.Log.Lines, line => line.Contains("request ", StringComparison.Ordinal));
        using var failed = await edge.Client.GetAsync("/");
        Assert.Equal((500, 1), ((int)failed.StatusCode, statistics.WithStatus(5)));
    }

    [Fact]
    public async Task AppNotKeptWarm_IsNeitherLoadedNorAsked()
    {
        await using var edge = await TestEdge.OfAppAsync(Looping, "\"warm\": 0, \"limits\": { \"time\": \"100ms\" }");
        var version = edge.Server.Apps.All.Single().Current!;
        Assert.False(version.IsLoaded);
        using var answer = await edge.Client.GetAsync("/");
        Assert.Equal(504, (int)answer.StatusCode);
        Assert.True(version.IsLoaded);
    }

    [Fact]
    public async Task Server_ThatStarts_HasRoomForDescriptors()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the system is not asked");
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing("Content-Type: text/plain\n\nx"));
        int Number(string file, string row) => int.Parse(
            File.ReadLines(file).First(line => line.StartsWith(row, StringComparison.Ordinal))[row.Length..].Split(' ', '\t').First(word => word.Length > 0),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(Number("/proc/self/status", "FDSize:"), Math.Min(16_384, Number("/proc/self/limits", "Max open files")), int.MaxValue);
    }
}
