using System.Text;
using Coffer.Plugins.Extism;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Testing;

/// <summary>
/// A plugin under test: in a host of its own, with functions that are faked, and with all that it says and calls recorded.
/// For any test framework: what is not as it should be is a <see cref="PluginAssertionException"/>.
/// </summary>
/// <example>
/// <code>
/// await using var fixture = await PluginFixture.LoadAsync(PluginSource.FromFile("greeter.wasm"));
/// fixture.RequireAnswer("greet", "world", "Hello, world!");
/// fixture.RequireLogged(LogLevel.Information, "greeted world");
/// </code>
/// </example>
public sealed class PluginFixture : IAsyncDisposable
{
    private readonly PluginHost host;

    private PluginFixture(PluginHost host, Plugin plugin, FakeFunctions functions, RecordedLogs logs)
    {
        this.host = host;
        Plugin = plugin;
        Functions = functions;
        Logs = logs;
    }

    /// <summary>The plugin.</summary>
    public Plugin Plugin { get; }

    /// <summary>The functions of the host, with the calls of them.</summary>
    public FakeFunctions Functions { get; }

    /// <summary>What was logged.</summary>
    public RecordedLogs Logs { get; }

    /// <summary>Loads a plugin for a test.</summary>
    /// <param name="source">The plugin.</param>
    /// <param name="options">How it is run; functions that it names are there beside the fakes, unrecorded.</param>
    /// <param name="functions">The fakes; functions that the plugin imports and nobody offers are added, and answer zero.</param>
    /// <exception cref="PluginException">It cannot be loaded.</exception>
    public static async Task<PluginFixture> LoadAsync(PluginSource source, PluginOptions? options = null, FakeFunctions? functions = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= PluginOptions.Default;
        functions ??= new FakeFunctions();
        var logs = new RecordedLogs();
        var modules = await source.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        var engine = new Engine();
        foreach (var module in modules)
        {
            functions.AddMissing(Module.Compile(engine, module.Bytes), import => IsOffered(import, options, modules));
        }

        var host = new PluginHost(new PluginHostOptions { Loggers = logs });
        try
        {
            var plugin = await host.LoadAsync("plugin", source, options with { Functions = [.. options.Functions, .. functions.Functions] }).ConfigureAwait(false);
            return new PluginFixture(host, plugin, functions, logs);
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Calls a function with text, and gives its answer as text.</summary>
    public string Call(string function, string input = "") => Plugin.Call(function, Encoding.UTF8.GetBytes(input)).Text;

    /// <summary>Calls a function, whose answer must be this text.</summary>
    /// <exception cref="PluginAssertionException">It is another.</exception>
    public void RequireAnswer(string function, string input, string expected)
    {
        var actual = Call(function, input);
        if (actual != expected) throw new PluginAssertionException($"{function}(\"{input}\") answered \"{actual}\", and not \"{expected}\".");
    }

    /// <summary>Calls a function, which must fail.</summary>
    /// <returns>How it failed.</returns>
    /// <exception cref="PluginAssertionException">It answers, or fails otherwise.</exception>
    public PluginException RequireFailure(string function, string input, PluginFailure expected)
    {
        try
        {
            var answer = Call(function, input);
            throw new PluginAssertionException($"{function}(\"{input}\") answered \"{answer}\", and should have failed ({expected}).");
        }
        catch (PluginException failure)
        {
            return failure.Failure == expected ? failure : throw new PluginAssertionException($"{function}(\"{input}\") failed, but {failure.Failure} and not {expected}: {failure.Message}");
        }
    }

    /// <summary>The plugin must have logged this text.</summary>
    /// <exception cref="PluginAssertionException">It has not.</exception>
    public void RequireLogged(LogLevel level, string text)
    {
        if (!Logs.Said.Contains((level, text)))
        {
            throw new PluginAssertionException($"Nobody has logged \"{text}\" at level {level}. What was logged:{Lines(Logs.Said.Select(line => $"{line.Level}: {line.Text}"))}");
        }
    }

    /// <summary>The plugin must have called a function so many times.</summary>
    /// <returns>The calls.</returns>
    /// <exception cref="PluginAssertionException">It has not.</exception>
    public IReadOnlyList<RecordedCall> RequireCalled(string module, string name, int times = 1)
    {
        var found = Functions.Calls.Where(call => call.Module == module && call.Name == name).ToList();
        return found.Count == times
            ? found
            : throw new PluginAssertionException($"{module}.{name} was called {found.Count} times, and not {times}. All calls:{Lines(Functions.Calls.Select(call => call.ToString()))}");
    }

    /// <summary>Unloads the plugin.</summary>
    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static bool IsOffered(ImportInfo import, PluginOptions options, IEnumerable<PluginModule> modules) =>
        import.Module is ExtismFunctions.Module or Typed.PluginMemory.Module
        || WasiOperations.Modules.Contains(import.Module)
        || modules.Any(module => module.Name == import.Module)
        || options.Functions.Any(function => function.Module == import.Module && function.Name == import.Name);

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.DefaultIfEmpty("(nothing)").Select(line => $"{Environment.NewLine}  {line}"));
}

/// <summary>A plugin under test does not do what it should.</summary>
public sealed class PluginAssertionException(string message) : Exception(message);
