using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Benchmarks.Edge;

/// <summary>A server in a process of its own, and what it takes with all its children.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, int port, string path)
    {
        this.process = process;
        Port = port;
        Path = path;
    }

    public int Port { get; }

    public string Path { get; }

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="line">Makes the line of the command for a port.</param>
    /// <param name="path">What is asked for.</param>
    public static async Task<ServerProcess> StartAsync(Func<int, string[]> line, string path = "/x")
    {
        var port = FreePort();
        var words = line(port);
        var started = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var server = new ServerProcess(started, port, path);
        var error = started.StandardError.ReadToEndAsync();
        _ = started.StandardOutput.ReadToEndAsync();
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (started.HasExited) throw new InvalidOperationException($"{string.Join(' ', words)} ended: {await error}");
            try
            {
                using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
                if (response.IsSuccessStatusCode) return server;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // Not yet.
            }

            await Task.Delay(100);
        }

        server.Dispose();
        throw new InvalidOperationException($"{string.Join(' ', words)} does not answer");
    }

    /// <summary>Processor time of the process and of the children that it has waited for.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            var fields = File.ReadAllText($"/proc/{process.Id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // From the third field on; 14 to 17 are times in hundredths of a second.
            return TimeSpan.FromSeconds(fields[11..15].Sum(ticks => double.Parse(ticks, System.Globalization.CultureInfo.InvariantCulture)) / 100);
        }
    }

    /// <summary>Resident memory of the process and its children, in bytes.</summary>
    public long ResidentBytes => ResidentOf(process.Id);

    private static long ResidentOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
            var bytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) << 10;
            var children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return bytes + children.Sum(child => ResidentOf(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture)));
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return 0;
        }
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
