using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Coffer.Edge.Tests.Chaos;

/// <summary><c>coffer serve</c> as a process of its own, which signals reach and limits of the system bound.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process process;

    private ServerProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { } text)
            {
                listening.TrySetException(new InvalidOperationException("the server has ended"));
                return;
            }

            lines.Enqueue(text);
            if (text.StartsWith("listening at ", StringComparison.Ordinal)) listening.TrySetResult(new Uri(text["listening at ".Length..]));
        };
        process.BeginErrorReadLine();
    }

    /// <summary>What it said.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts it by the configuration in a folder, and waits until it listens.</summary>
    /// <param name="folder">The folder of <c>coffer.json</c>.</param>
    /// <param name="limits">Limits of the shell that starts it, such as <c>-n 256</c>; null for the usual ones.</param>
    public static async Task<ServerProcess> StartAsync(string folder, string? limits = null)
    {
        var server = Run(folder, limits);
        try
        {
            var address = await server.listening.Task.WaitAsync(Patience);
            server.Address = new IPEndPoint(IPAddress.Parse(address.Host), address.Port);
            server.Client = new HttpClient { BaseAddress = address, Timeout = Patience };
            return server;
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            var said = string.Join('\n', server.Lines);
            server.Dispose();
            throw new InvalidOperationException($"the server did not start: {said}", exception);
        }
    }

    /// <summary>Starts it, whatever comes of it.</summary>
    public static ServerProcess Run(string folder, string? limits = null)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "coffer-server.dll");
        var configuration = Path.Combine(folder, "coffer.json");
        var start = limits is null
            ? new ProcessStartInfo("dotnet", [program, "serve", "--config", configuration, "--cache", "off"])
            : new ProcessStartInfo("/bin/sh", ["-c", $"ulimit {limits} && exec dotnet \"$0\" serve --config \"$1\" --cache off", program, configuration]);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        var process = Process.Start(start)!;
        // Nobody may keep it waiting.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return new ServerProcess(process);
    }

    /// <summary>How many descriptors it has; on Linux.</summary>
    public int CountDescriptors() => Directory.GetFileSystemEntries($"/proc/{process.Id}/fd").Length;

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>Ends it as the system would, which it does not notice.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
        Client?.Dispose();
    }
}
