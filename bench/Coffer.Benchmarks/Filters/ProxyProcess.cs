using System.Diagnostics;

namespace Coffer.Benchmarks.Filters;

/// <summary>A <c>coffer proxy</c> in a process of its own, with one filter or none before an upstream.</summary>
internal sealed class ProxyProcess : IDisposable
{
    private readonly Process process;

    private ProxyProcess(Process process) => this.process = process;

    public int Port { get; private set; }

    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<ProxyProcess> StartAsync(string folder, int upstream, string? module, string more)
    {
        var name = Path.Combine(folder, $"proxy-{module ?? "none"}.json");
        await File.WriteAllTextAsync(name,
            $$"""
            {
              "listeners": [ { "address": "127.0.0.1:0"{{(module is null ? "" : ", \"filters\": [\"measured\"]")}} } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["http://127.0.0.1:{{upstream}}"] } },
              {{(module is null ? "" : $"\"filters\": {{ \"measured\": {{ \"module\": \"{module}\", \"logLevel\": \"error\"{more} }} }}")}}
            }
            """);
        var proxy = new ProxyProcess(Process.Start(new ProcessStartInfo("dotnet", [ProgramPath, "proxy", "--config", name, "--no-reload"]) { RedirectStandardError = true })!);
        while (await proxy.process.StandardError.ReadLineAsync() is { } line)
        {
            const string Listening = "listening at ";
            if (!line.StartsWith(Listening, StringComparison.Ordinal)) continue;
            proxy.Port = new Uri(line[Listening.Length..]).Port;
            _ = proxy.process.StandardError.ReadToEndAsync();
            return proxy;
        }

        throw new InvalidOperationException("coffer proxy did not start.");
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static string ProgramPath => typeof(Coffer.Server.Proxy.ProxyServer).Assembly.Location;
}
