using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Stores.Tests.KeyValue;

/// <summary>A server of Redis for the tests of a class: Debian's, installed if it is not there.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly TemporaryDirectory folder = new();
    private Process? process;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Missing { get; private set; }

    public int Port { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Start()) await WaitAsync();
        else if (await InstallAsync() && Start()) await WaitAsync();
        else Missing = "there is no redis-server, and it could not be installed (apt-get install redis-server)";
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        folder.Dispose();
    }

    private bool Start()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        try
        {
            process = Process.Start(new ProcessStartInfo(
                "redis-server",
                ["--bind", "127.0.0.1", "--port", $"{Port}", "--save", "", "--dir", folder.Path, "--loglevel", "warning"]) { RedirectStandardOutput = true });
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<bool> InstallAsync()
    {
        try
        {
            using var install = Process.Start(new ProcessStartInfo(
                "apt-get", ["install", "-y", "-qq", "redis-server"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            _ = install.StandardOutput.ReadToEndAsync(limit.Token);
            _ = install.StandardError.ReadToEndAsync(limit.Token);
            await install.WaitForExitAsync(limit.Token);
            return install.ExitCode == 0;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task WaitAsync()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        Missing = "redis-server does not listen";
    }
}
