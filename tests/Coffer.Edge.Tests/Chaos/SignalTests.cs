using System.Net;
using System.Net.Sockets;

namespace Coffer.Edge.Tests.Chaos;

/// <summary>A server that is stopped, killed, started where another is, or short of what the system gives.</summary>
public sealed class SignalTests
{
    private const string Head = "Content-Type: text/plain\n\n";

    // Answers, waits for two seconds, and says the rest.
    private static string Slow(int milliseconds) => $$"""
        (module
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          {{Programs.Prelude}}
          (memory (export "memory") 1)
          (data (i32.const 1024) "Content-Type: text/plain\0a\0abegun ended")
          (func (export "_start")
            (call $print (i32.const 1024) (i32.const 32))
            (i32.store (i32.const 216) (i32.const 1)) (i64.store (i32.const 224) (i64.const {{milliseconds}}000000))
            (drop (call $poll (i32.const 200) (i32.const 300) (i32.const 1) (i32.const 8)))
            (call $print (i32.const 1056) (i32.const 5))))
        """;

    private static TemporaryDirectory Folder(int port = 0, string drain = "20s", int slow = 2000, string more = "")
    {
        var folder = new TemporaryDirectory();
        File.WriteAllText(folder["coffer.json"], $$"""
            { "listeners": [{ "address": "127.0.0.1:{{port}}" }], "drainTime": "{{drain}}"{{more}},
              "apps": { "slow": { "module": "slow.wat", "routes": ["/slow"] }, "good": { "module": "good.wat", "routes": ["/"] } } }
            """);
        File.WriteAllText(folder["slow.wat"], Slow(slow));
        File.WriteAllText(folder["good.wat"], Programs.Printing(Head + "good"));
        return folder;
    }

    [Fact]
    public async Task Terminate_RequestsUnderWayEnd_AndNoNewOnesAreTaken()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals on Windows");
        using var folder = Folder();
        using var server = await ServerProcess.StartAsync(folder.Path);
        Assert.Equal("good", await server.Client.GetStringAsync("/"));
        var underWay = Enumerable.Range(0, 10).Select(_ => server.Client.GetAsync("/slow", HttpCompletionOption.ResponseHeadersRead)).ToList();
        // All have begun.
        var responses = await Task.WhenAll(underWay);
        server.Signal("TERM");
        var texts = await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()));
        Assert.All(texts, text => Assert.Equal("begun ended", text));
        Assert.Equal(0, await server.WaitForExitAsync());
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(server.Address));
        Assert.DoesNotContain(server.Lines, line => line.Contains("Unhandled", StringComparison.Ordinal));
        foreach (var response in responses) response.Dispose();
    }

    [Fact]
    public async Task Terminate_RequestsThatGoOnTooLong_AreEnded()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals on Windows");
        using var folder = Folder(drain: "1s", slow: 25_000);
        using var server = await ServerProcess.StartAsync(folder.Path);
        using var response = await server.Client.GetAsync("/slow", HttpCompletionOption.ResponseHeadersRead);
        server.Signal("TERM");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Kill_UnderLoad_AndWhileTheConfigurationIsWritten_StartsAgain()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals on Windows");
        var port = FreePort();
        using var folder = Folder(port);
        var good = await File.ReadAllTextAsync(folder["coffer.json"]);
        for (var round = 0; round < 3; round++)
        {
            using var server = await ServerProcess.StartAsync(folder.Path);
            using var end = new CancellationTokenSource();
            var load = Enumerable.Range(0, 8).Select(_ => LoadAsync(server, end.Token)).ToList();
            var writing = WriteAsync(folder["coffer.json"], good, end.Token);
            await Task.Delay(300 + (round * 400));
            await server.KillAsync();
            await end.CancelAsync();
            await Task.WhenAll(load);
            await writing;
        }

        // A half of a configuration is told with its place, and then nothing is in the way of the whole one.
        await File.WriteAllTextAsync(folder["coffer.json"], good[..(good.Length / 2)]);
        using (var refused = ServerProcess.Run(folder.Path))
        {
            Assert.Equal(2, await refused.WaitForExitAsync());
            await Until.TrueAsync(() => refused.Lines.Any(line => line.StartsWith("error: coffer.json:", StringComparison.Ordinal)), "it does not say where");
        }

        await File.WriteAllTextAsync(folder["coffer.json"], good);
        using var last = await ServerProcess.StartAsync(folder.Path);
        Assert.Equal("good", await last.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Hangup_ReadsTheConfigurationAgain()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals on Windows");
        using var folder = Folder();
        using var server = await ServerProcess.StartAsync(folder.Path);
        for (var i = 0; i < 3; i++)
        {
            await File.WriteAllTextAsync(folder["good.wat"], Programs.Printing($"{Head}version {i}"));
            server.Signal("HUP");
            var wanted = $"version {i}";
            var deadline = DateTime.UtcNow.AddSeconds(60);
            while (await server.Client.GetStringAsync("/") != wanted) Assert.True(DateTime.UtcNow < deadline, "it was not read again");
        }
    }

    [Fact]
    public async Task Port_Taken_IsToldWithItsExitCode()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var folder = Folder(((IPEndPoint)taken.LocalEndpoint).Port);
        using var server = ServerProcess.Run(folder.Path);
        Assert.Equal(74, await server.WaitForExitAsync());
        await Until.TrueAsync(() => server.Lines.Any(line => line.StartsWith("error: ", StringComparison.Ordinal) && line.Contains("in use", StringComparison.Ordinal)), "it does not say why");
        Assert.DoesNotContain(server.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Descriptors_UsedUp_OthersWaitOrAreRefused_AndItRecovers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits of descriptors are set on Linux only");
        using var folder = Folder();
        using var server = await ServerProcess.StartAsync(folder.Path, "-n 512");
        Assert.Equal("good", await server.Client.GetStringAsync("/"));
        var clients = new List<RawClient>();
        var most = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (i % 20 == 0) most = Math.Max(most, server.CountDescriptors());
            try
            {
                clients.Add(await RawClient.ConnectAsync(server.Address));
            }
            catch (SocketException)
            {
                // Refused: that is what there is left to do.
            }
        }

        // Those that came in time are served.
        foreach (var client in clients.Take(20)) await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        foreach (var client in clients.Take(20)) await client.ReadUntilAsync("good");
        // Not even while those beyond the bound are being closed.
        Assert.InRange(Math.Max(most, server.CountDescriptors()), 200, 500);
        Assert.DoesNotContain(server.Lines, line => line.Contains("unhandled exception", StringComparison.Ordinal));
        foreach (var client in clients) client.Reset();
        using var fresh = new HttpClient { BaseAddress = server.Client.BaseAddress, Timeout = TimeSpan.FromSeconds(60) };
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            try
            {
                Assert.Equal("good", await fresh.GetStringAsync("/"));
                return;
            }
            catch (HttpRequestException)
            {
                Assert.True(DateTime.UtcNow < deadline, $"it does not recover: {string.Join('\n', server.Lines)}");
                await Task.Delay(100);
            }
        }
    }

    private static async Task LoadAsync(ServerProcess server, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                Assert.Equal("good", await server.Client.GetStringAsync("/", end));
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // It was killed.
                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    // Not as it should be done: in place, and piece by piece.
    private static async Task WriteAsync(string path, string text, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await File.WriteAllTextAsync(path, text[..(text.Length / 2)], CancellationToken.None);
            await Task.Delay(20, CancellationToken.None);
            await File.WriteAllTextAsync(path, text, CancellationToken.None);
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
