using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Coffer.Plugins.Hosting;

/// <summary>
/// Whether all plugins serve: unhealthy when one has no version that takes calls, degraded when a version could not be
/// loaded and an old one serves on.
/// </summary>
internal sealed class PluginHealthCheck(PluginHost host, PluginLoader loader) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var plugins = host.List();
        var down = plugins.Where(plugin => plugin.Active is null).Select(plugin => plugin.Name).ToList();
        var failed = loader.Failures.Keys.Concat(loader.FolderFailures.Keys.Select(path => Path.GetFileName(path))).ToList();
        var data = plugins.ToDictionary(
            plugin => plugin.Name, plugin => (object)$"version {plugin.Active?.Number ?? 0}, {plugin.Counters.Calls} calls, {plugin.Counters.Failures} failed");
        var result = (down.Count, failed.Count) switch
        {
            (> 0, _) => new HealthCheckResult(context.Registration.FailureStatus, $"no version serves of: {string.Join(", ", down)}", null, data),
            (_, > 0) => HealthCheckResult.Degraded($"could not be loaded: {string.Join(", ", failed)}", null, data),
            _ => HealthCheckResult.Healthy($"{plugins.Count} plugins", data),
        };
        return Task.FromResult(result);
    }
}
