using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Benchmarks.Edge;

/// <summary>A server in a process of its own, and what it takes with all its children.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(50);

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
    /// <param name="patience">How long it may take to answer; half a minute if null.</param>
    public static async Task<ServerProcess> StartAsync(Func<int, string[]> line, string path = "/x", TimeSpan? patience = null)
    {
        var port = FreePort();
        var words = line(port);
        var started = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var server = new ServerProcess(started, port, path);
        var error = started.StandardError.ReadToEndAsync();
        _ = started.StandardOutput.ReadToEndAsync();
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < (patience ?? TimeSpan.FromSeconds(30)))
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
    public long ResidentBytes => BytesOf(process.Id, "status", "VmRSS:");

    /// <summary>Of the resident memory of the process itself what no file has, in bytes: what no other process shares and nothing can drop.</summary>
    public long AnonymousBytes => long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("RssAnon", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        System.Globalization.CultureInfo.InvariantCulture) << 10;

    /// <summary>The same, with pages that several processes have counted by their share: what processes of one program take together.</summary>
    public long ProportionalBytes => BytesOf(process.Id, "smaps_rollup", "Pss:");

    /// <summary>What it takes on average while something goes on (<see cref="ProportionalBytes"/>), looked at again and again.</summary>
    public async Task<long> SampleAsync(Task load)
    {
        var sum = 0L;
        var looks = 0;
        while (!load.IsCompleted)
        {
            sum += ProportionalBytes;
            looks++;
            await Task.WhenAny(load, Task.Delay(SampleInterval));
        }

        return sum / Math.Max(1, looks);
    }

    // A process that has ended meanwhile takes nothing.
    private static long BytesOf(int id, string file, string field)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/{file}").First(line => line.StartsWith(field, StringComparison.Ordinal));
            var bytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) << 10;
            var children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return bytes + children.Sum(child => BytesOf(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture), file, field));
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or UnauthorizedAccessException)
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

    /// <summary>A port that nobody listens at.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
