using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Coffer.Benchmarks.Serving;

/// <summary>A verb of coffer that listens, in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "listening at ";
    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

    private ServerProcess(Process process) => this.process = process;

    public int Port { get; private set; }

    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>What it has in memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public static async Task<ServerProcess> StartAsync(params string[] arguments)
    {
        var program = typeof(Server.Proxy.ProxyServer).Assembly.Location;
        var server = new ServerProcess(Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true })!);
        _ = Task.Run(server.ReadAsync);
        var line = await server.WaitForAsync(Listening);
        server.Port = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..]).Port;
        return server;
    }

    /// <summary>Waits for a line with these words in it; those before are passed over.</summary>
    public async Task<string> WaitForAsync(string words)
    {
        await foreach (var line in lines.Reader.ReadAllAsync())
        {
            if (line.Contains(words, StringComparison.Ordinal)) return line;
        }

        throw new InvalidOperationException($"The server has ended, and never said \"{words}\".");
    }

    /// <summary>Lets it read its files again.</summary>
    public void SignalHangup()
    {
        using var kill = Process.Start("kill", ["-HUP", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardError.ReadLineAsync() is { } line) lines.Writer.TryWrite(line);
        lines.Writer.TryComplete();
    }
}
