using Coffer.Cli.Audit;
using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Cli.Running;

/// <summary>One run of a module in a sandbox of its own.</summary>
/// <param name="context">The world around the run.</param>
/// <param name="settings">What was asked for.</param>
/// <param name="load">Makes a module of the same engine from a file, for what is offered to the guest beside WASI.</param>
internal sealed class GuestRun(CommandContext context, RunSettings settings, Func<string, Module> load)
{
    private const string Start = "_start";
    private const string Initialize = "_initialize";
    private const ulong TieredStacks = 4;

    /// <summary>Whether there is what was asked to be called; cheap.</summary>
    /// <exception cref="CommandFailure">There is not.</exception>
    public void CheckEntry(Module module) => FindEntry(module);

    /// <summary>The functions that will run first, in their order.</summary>
    public IReadOnlyList<int> EntryFunctions(Module module)
    {
        var functions = new List<int>();
        if (module.Definition.Start >= 0) functions.Add(module.Definition.Start);
        var entry = FindEntry(module);
        foreach (var export in module.Definition.Exports)
        {
            if (export.Kind == ExternalKind.Function && (export.Name == entry || export.Name == Initialize)) functions.Add(export.Index);
        }

        return functions;
    }

    /// <summary>Runs the guest on a thread with the stack that was asked for.</summary>
    /// <returns>The guest's exit code.</returns>
    public int Run(Module module)
    {
        var entry = FindEntry(module);
        return InSandbox(module, (instance, wasi) => RunEntry(instance, entry, wasi), Shorten);
    }

    /// <summary>
    /// Runs what the module does once at its start, by its own initialization and then by a function.
    /// </summary>
    /// <returns>The module whose instances begin where that ended.</returns>
    /// <exception cref="CommandFailure">There is no such function, or the state cannot be kept.</exception>
    public byte[] Snapshot(IReadOnlyList<string> names)
    {
        var module = load(settings.File);
        var functions = ExportedFunctions(module);
        if (names.FirstOrDefault(functions.Contains) is not { } name)
        {
            throw CommandFailure.Usage(
                $"{settings.File} exports no function \"{string.Join("\" or \"", names)}\"", "name the one that initializes it: --init NAME");
        }

        return InSandbox(module, (instance, wasi) =>
        {
            instance.FindFunction(Initialize)?.Invoke();
            _ = instance.GetFunction(name).Invoke();
            if (wasi is { HasChangedDescriptors: true })
            {
                throw new SnapshotException("the guest opened or closed files, which later instances would not have");
            }

            return ModuleSnapshot.Take(instance, name, Initialize);
        }, exitCode => throw new SnapshotException($"the guest exited with code {exitCode} while it initialized itself"));
    }

    // Frames of code that is not optimized yet are larger, by 2 to 3 on the average: what fits in later runs must fit in this one.
    private ulong StackBytes(Module module) =>
        module.Engine.Options.Tiered ? Math.Min(settings.StackBytes, ulong.MaxValue / TieredStacks) * TieredStacks : settings.StackBytes;

    /// <summary>Makes an instance with all it was granted, on a thread with the stack that was asked for.</summary>
    private T InSandbox<T>(Module module, Func<Instance, WasiHost?, T> use, Func<uint, T> onExit)
    {
        using var audit = new GuestAudit(context, settings.Audit, settings.Sink);
        var result = GuestThread.Run(StackBytes(module), () => InSandbox(module, audit, use, onExit));
        audit.Close();
        return result;
    }

    private T InSandbox<T>(Module module, GuestAudit audit, Func<Instance, WasiHost?, T> use, Func<uint, T> onExit)
    {
        using var store = new Store(module.Engine, new StoreLimits
        {
            Fuel = settings.Fuel ?? long.MaxValue,
            MemoryBytes = settings.MaximumMemory ?? ulong.MaxValue,
            StackBytes = StackBytes(module),
        });
        if (settings.Timeout is { } timeout) store.SetDeadline(timeout);
        store.SetCancellation(context.Cancellation);
        var preloads = new List<Module>();
        foreach (var preload in settings.Preloads) preloads.Add(load(preload.File));
        var linker = new Linker();
        using var wasi = WasiGrants.AreWanted(module) || preloads.Exists(WasiGrants.AreWanted)
            ? WasiGrants.Open(context, settings, audit)
            : null;
        wasi?.AddTo(linker);
        try
        {
            for (var i = 0; i < preloads.Count; i++) AddPreload(linker, store, settings.Preloads[i].Name, preloads[i]);
            linker.DefineSharedMemories(store, module);
            return use(linker.Instantiate(store, module), wasi);
        }
        catch (ProcExitException exit)
        {
            return onExit(exit.ExitCode);
        }
    }

    private static void AddPreload(Linker linker, Store store, string name, Module module)
    {
        var instance = linker.Instantiate(store, module);
        instance.FindFunction(Initialize)?.Invoke();
        linker.DefineInstance(name, instance);
    }

    private int RunEntry(Instance instance, string? entry, WasiHost? wasi)
    {
        if (entry is null) return ExitCode.Success;
        if (entry == Start && settings.Invoke is null && wasi is not null) return Shorten(wasi.Run(instance));
        if (entry is not (Start or Initialize)) instance.FindFunction(Initialize)?.Invoke();
        Invoke(instance, entry);
        return ExitCode.Success;
    }

    // The system keeps eight bits; what does not fit must not turn into success.
    private static int Shorten(uint exitCode) => (int)Math.Min(exitCode, byte.MaxValue);

    private void Invoke(Instance instance, string name)
    {
        var function = instance.GetFunction(name);
        var words = settings.Invoke is null ? [] : settings.Arguments;
        var results = function.Invoke(TypedArguments.Parse(name, function.FunctionType, words));
        foreach (var result in results) context.Terminal.Output.WriteLine(result);
    }

    /// <summary>The function to call; null when instantiating is all there is to do.</summary>
    private string? FindEntry(Module module)
    {
        var functions = ExportedFunctions(module);
        if (settings.Invoke is { } name)
        {
            if (!functions.Contains(name))
            {
                throw CommandFailure.Usage($"{settings.File} exports no function \"{name}\"", Offer(functions));
            }

            return name;
        }

        if (functions.Contains(Start)) return Start;
        if (functions.Contains(Initialize)) return Initialize;
        if (module.Definition.Start >= 0 || functions.Count == 0) return null;
        throw CommandFailure.Usage($"{settings.File} is no program: it exports no {Start}", Offer(functions));
    }

    private static List<string> ExportedFunctions(Module module)
    {
        var functions = new List<string>();
        foreach (var export in module.Exports)
        {
            if (export.Kind == ExternalKind.Function) functions.Add(export.Name);
        }

        return functions;
    }

    private static string Offer(List<string> functions)
    {
        const int shown = 8;
        if (functions.Count == 0) return "it exports no function at all";
        var more = functions.Count > shown ? $" and {functions.Count - shown} more" : "";
        var names = string.Join(", ", functions.Take(shown));
        return $"call one of its functions, --invoke NAME before the file: {names}{more}";
    }
}
