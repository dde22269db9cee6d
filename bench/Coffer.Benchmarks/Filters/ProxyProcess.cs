using Coffer.Benchmarks.Serving;

namespace Coffer.Benchmarks.Filters;

/// <summary>A <c>coffer proxy</c> in a process of its own, with one filter or none before an upstream.</summary>
internal static class ProxyProcess
{
    public static async Task<ServerProcess> StartAsync(string folder, int upstream, string? module, string more, params string[] arguments)
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
        return await ServerProcess.StartAsync(["proxy", "--config", name, "--no-reload", .. arguments]);
    }
}
