using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Running;

/// <summary>
/// Makes a version of a plugin that can take calls: reads, compiles and links its modules, makes their machine code, starts
/// a sandbox, and asks what it must be able to answer.
/// </summary>
internal static class VersionLoader
{
    /// <summary>Loads a version, on another thread.</summary>
    /// <exception cref="PluginException">It cannot be loaded, or does not answer as it must.</exception>
    public static async Task<(PluginVersion Version, string Digest)> LoadAsync(
        PluginHost host, string plugin, PluginSource source, PluginOptions options, ILogger logger, CancellationToken cancellation)
    {
        ImmutableArray<PluginModule> modules;
        try
        {
            modules = await source.ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException
            or HttpRequestException or FormatException or CofferException)
        {
            throw new PluginException(PluginFailure.NotLoaded, plugin, $"{source.Label} cannot be read: {exception.Message}", exception);
        }

        return await Task.Run(() => Load(host, plugin, modules, options, logger, cancellation), cancellation).ConfigureAwait(false);
    }

    private static (PluginVersion Version, string Digest) Load(
        PluginHost host, string plugin, ImmutableArray<PluginModule> modules, PluginOptions options, ILogger logger, CancellationToken cancellation)
    {
        var engine = host.EngineFor(options.Limits);
        PluginVersion? version = null;
        try
        {
            var compiled = ImmutableArray.CreateRange(modules, module => (module.Name, host.Compile(engine, module.Bytes, modules.Length == 1 ? plugin : module.Name)));
            var graph = new ModuleGraph(compiled, options);
            if (options.StartsInitialized) graph = Initialize(host, plugin, engine, graph, options, logger, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (options.PrepareCode)
            {
                foreach (var module in graph.Modules.Where(module => !module.IsNative)) module.Prepare(threads: 1, cancellation);
            }

            version = new PluginVersion(plugin, engine, graph, options, logger, host.TimeProvider);
            if (options.Probes.IsEmpty) Run(version, "its start", default, static (_, _) => Array.Empty<byte>(), cancellation);
            foreach (var probe in options.Probes) Ask(version, probe, cancellation);
            return (version, PluginSource.DigestOf(modules[^1].Bytes.Span));
        }
        catch (CofferException exception)
        {
            version?.Dispose();
            throw new PluginException(PluginFailure.NotLoaded, plugin, exception.Message, exception);
        }
        catch
        {
            version?.Dispose();
            throw;
        }
    }

    /// <summary>Starts a sandbox, and makes a module of the state that it is in then.</summary>
    private static ModuleGraph Initialize(
        PluginHost host, string plugin, Engine engine, ModuleGraph graph, PluginOptions options, ILogger logger, CancellationToken cancellation)
    {
        using var first = new PluginVersion(plugin, engine, graph, options with { Instances = InstancePolicy.Fresh }, logger, host.TimeProvider);
        var snapshot = Run(first, "its start", default, static (sandbox, _) => sandbox.TakeSnapshot(ModuleGraph.Initializers), cancellation);
        return new ModuleGraph([(PluginModule.Main, host.Compile(engine, snapshot, plugin))], options);
    }

    private static void Ask(PluginVersion version, PluginProbe probe, CancellationToken cancellation)
    {
        var answer = Run(version, probe.Function, probe, static (sandbox, probe) => sandbox.Call(probe!.Function, probe.Input.Span), cancellation);
        if (probe.Accepts is { } accepts && !accepts(answer))
        {
            throw new PluginException(
                PluginFailure.NotLoaded, version.Plugin, $"its health call {probe.Function} answered {answer.Length} bytes that are not accepted");
        }
    }

    private static byte[] Run(
        PluginVersion version, string function, PluginProbe? state, Func<PluginSandbox, PluginProbe?, byte[]> body, CancellationToken cancellation)
    {
        try
        {
            return version.RunUnguarded(new PluginCall<PluginProbe?, byte[]>(function, state, body, 0, null, cancellation));
        }
        catch (PluginException failure)
        {
            throw new PluginException(PluginFailure.NotLoaded, version.Plugin, $"it does not start or fails its health call: {failure.Message}", failure);
        }
    }
}
