using System.Text;
using Coffer.Edge.Guests;
using Coffer.Native;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Apps;

/// <summary>Makes programs of modules: compiled ahead where the cache has them, else by the JIT compiler. Thread-safe.</summary>
internal sealed partial class AppLoader : IDisposable
{
    private readonly GuestHost host;
    private readonly NativeOptions? native;
    private readonly Lazy<EngineChoice> plain, metered;
    private readonly SemaphoreSlim compiling = new(Math.Max(1, Environment.ProcessorCount));

    /// <param name="host">What guests share.</param>
    /// <param name="native">How native code is made and kept; null for none.</param>
    public AppLoader(GuestHost host, NativeOptions? native)
    {
        this.host = host;
        this.native = native is null ? null : native with { Warning = native.Warning ?? (warning => LogWarning(host.Logger, warning)) };
        plain = new Lazy<EngineChoice>(() => Choose(isMetered: false));
        metered = new Lazy<EngineChoice>(() => Choose(isMetered: true));
    }

    /// <summary>Reads, compiles and links a module.</summary>
    /// <exception cref="CofferException">It cannot be compiled or linked.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what it was.</exception>
    public async Task<GuestProgram> LoadAsync(AppSource source, AppOptions options)
    {
        await compiling.WaitAsync().ConfigureAwait(false);
        try
        {
            var bytes = await source.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            var choice = (options.Limits.Fuel is null ? plain : metered).Value;
            var module = choice.Load(bytes, source.Name);
            var program = KindOf(module, source.Name).Link(module, options, host);
            if (options.Warm > 0 && !module.IsNative) module.Prepare();
            return program;
        }
        finally
        {
            compiling.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => compiling.Dispose();

    private static GuestKind KindOf(Module module, string name)
    {
        foreach (var kind in GuestKinds.All)
        {
            if (kind.Recognizes(module)) return kind;
        }

        throw new LinkException(
            $"{name} is no handler of requests: that is {string.Join(", or ", GuestKinds.All.Select(kind => kind.Description))}. {GuestKinds.Describe(module)}");
    }

    private EngineChoice Choose(bool isMetered)
    {
        var engine = new Engine(new EngineOptions { ConsumeFuel = isMetered, AllowNativeCode = native is not null });
        return new EngineChoice(engine, native is null ? null : new ModuleLoader(engine, native));
    }

    [LoggerMessage(1330, LogLevel.Warning, "{Warning}")]
    private static partial void LogWarning(ILogger logger, string warning);

    private sealed record EngineChoice(Engine Engine, ModuleLoader? Loader)
    {
        public Module Load(ReadOnlyMemory<byte> bytes, string name)
        {
            // The text format is for who tries something.
            if (bytes.Span.TrimStart(" \t\r\n"u8) is [(byte)'(' or (byte)';', ..]) return Module.CompileText(Engine, Encoding.UTF8.GetString(bytes.Span), name);
            return Loader is null ? Module.Compile(Engine, bytes, name) : Loader.Load(bytes, name);
        }
    }
}
