using Coffer.Text;
using Coffer.Types;

namespace Coffer.Cli.Wast;

/// <summary>
/// Runs a script of the specification's test suite. Each script has a store of its own; threads of a script have
/// theirs, and share memories.
/// </summary>
internal sealed class ScriptRunner : IDisposable
{
    private readonly Engine engine;
    private readonly string file;
    private readonly Store store;
    private readonly Linker linker = new();
    private readonly Dictionary<string, Module> definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instance> instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Thread Thread, ScriptRunner Runner)> threads = new(StringComparer.Ordinal);
    private readonly List<ScriptFailure> failures = [];
    private readonly ScriptDialect dialect;
    private readonly CancellationToken cancellation;
    private readonly Func<byte[], Module> load;
    private Module? lastDefinition;
    private Instance? current;
    private int passed;

    private ScriptRunner(
        Engine engine, string file, ScriptDialect dialect, Func<byte[], Module> load, CancellationToken cancellation)
    {
        this.load = load;
        this.engine = engine;
        this.file = file;
        this.dialect = dialect;
        this.cancellation = cancellation;
        store = new Store(engine);
        store.SetCancellation(cancellation);
        SpecTestModule.Define(linker, store);
        if (dialect == ScriptDialect.Wasmtime) linker.DefineFunction("wasmtime", "gc", () => GC.Collect());
    }

    /// <summary>Runs a script to its end or until it is cancelled; a failure does not stop it.</summary>
    public static ScriptResult Run(
        Engine engine, string file, ReadOnlySpan<byte> source, ScriptDialect dialect, CancellationToken cancellation) =>
        Run(engine, file, source, dialect, bytes => Module.Compile(engine, bytes, Path.GetFileName(file)), cancellation);

    /// <summary>Runs a script with modules that are made in another way than by compiling them with the engine alone.</summary>
    public static ScriptResult Run(
        Engine engine, string file, ReadOnlySpan<byte> source, ScriptDialect dialect, Func<byte[], Module> load,
        CancellationToken cancellation)
    {
        IReadOnlyList<WastDirective> directives;
        try
        {
            directives = WastScript.Parse(source).Directives;
        }
        catch (MalformedException e)
        {
            return new ScriptResult(0, [new ScriptFailure(file, e.Line, e.Message)]);
        }

        using var runner = new ScriptRunner(engine, file, dialect, load, cancellation);
        runner.RunAll(directives);
        return new ScriptResult(runner.passed, runner.failures);
    }

    public void Dispose() => store.Dispose();

    private void RunAll(IEnumerable<WastDirective> directives)
    {
        foreach (var directive in directives)
        {
            if (cancellation.IsCancellationRequested) return;
            if (dialect == ScriptDialect.ValidationOnly && !IsAboutValidation(directive)) continue;
            string? failure;
            try
            {
                failure = Run(directive);
            }
            catch (MissingInstanceException e)
            {
                failure = e.Message;
            }
            catch (Exception e)
            {
                failure = $"unexpected {e.GetType().Name}: {e.Message}";
                if (e is not CofferException) failure += FirstFrame(e);
            }

            if (failure is null) passed++;
            else failures.Add(new ScriptFailure(file, directive.Line, failure));
        }
    }

    // Where in the engine: a failure that is not one of its errors is a bug of it.
    private static string FirstFrame(Exception exception)
    {
        var method = new System.Diagnostics.StackTrace(exception).GetFrames()
            .Select(frame => frame.GetMethod())
            .FirstOrDefault(
                method => method?.DeclaringType?.Namespace?.StartsWith("Coffer.", StringComparison.Ordinal) == true);
        return method is null ? "" : $" (in {method.DeclaringType!.Name}.{method.Name})";
    }

    private string? Run(WastDirective directive)
    {
        switch (directive)
        {
            case ModuleDirective module:
                current = null;
                return Instantiate(module.Name, Compile(module.Module));
            case ModuleDefinitionDirective definition:
                lastDefinition = Compile(definition.Module);
                if (definition.Name is { } definitionName) definitions[definitionName] = lastDefinition;
                return null;
            case ModuleInstanceDirective instance:
                var source = instance.Definition is { } name ? definitions.GetValueOrDefault(name) : lastDefinition;
                if (source is null) return "the definition of the module failed";
                return Instantiate(instance.Name, source);
            case RegisterDirective register:
                linker.DefineInstance(register.ImportName, Find(register.Module));
                return null;
            case ActionDirective action:
                Perform(action.Action);
                return null;
            case AssertReturnDirective assertion:
                return AssertReturn(assertion);
            case AssertTrapDirective trap:
                return Expect<TrapException>(() => Perform(trap.Action), trap.Message);
            case AssertModuleTrapDirective trap:
                return Expect<TrapException>(() => linker.Instantiate(store, Compile(trap.Module)), trap.Message);
            case AssertExhaustionDirective exhaustion:
                return Expect<ExhaustionException>(() => Perform(exhaustion.Action), exhaustion.Message);
            case AssertExceptionDirective exception:
                return Expect<GuestException>(() => Perform(exception.Action), "");
            case AssertMalformedDirective malformed:
                return Expect<MalformedException>(() => Compile(malformed.Module), malformed.Message);
            case AssertInvalidDirective invalid:
                return Expect<InvalidException>(() => Compile(invalid.Module), invalid.Message);
            case AssertUnlinkableDirective unlinkable:
                return Expect<LinkException>(
                    () => linker.Instantiate(store, Compile(unlinkable.Module)), unlinkable.Message);
            case ThreadDirective thread:
                return StartThread(thread);
            case WaitDirective wait:
                return Wait(wait.Thread);
            default:
                return $"the directive {directive.GetType().Name} is not supported";
        }
    }

    private Module Compile(WastModule module) => load(module.Encode(engine.Options.Features));

    private static bool IsAboutValidation(WastDirective directive) => directive
        is ModuleDirective or ModuleDefinitionDirective or AssertInvalidDirective or AssertMalformedDirective;

    private string? Instantiate(string? name, Module module)
    {
        if (dialect == ScriptDialect.ValidationOnly) return null;
        current = linker.Instantiate(store, module);
        if (name is not null) Name(name, current);
        return null;
    }

    private void Name(string name, Instance instance)
    {
        instances[name] = instance;
        if (dialect == ScriptDialect.Wasmtime) linker.DefineInstance(name, instance);
    }

    private Instance Find(string? name) => name is null
        ? current ?? throw new MissingInstanceException("the current module failed")
        : instances.GetValueOrDefault(name) ?? throw new MissingInstanceException($"the module ${name} failed");

    private Value[] Perform(WastAction action)
    {
        var instance = Find(action.Module);
        if (action is GetAction) return [instance.GetGlobal(action.Name).Value];
        var arguments = ((InvokeAction)action).Arguments;
        return instance.GetFunction(action.Name).Invoke([.. arguments.Select(ScriptValues.ToValue)]);
    }

    private string? AssertReturn(AssertReturnDirective assertion)
    {
        var results = Perform(assertion.Action);
        var expected = assertion.Results;
        if (results.Length == expected.Length && results.Zip(expected).All(
            pair => ScriptValues.Matches(pair.First, pair.Second)))
        {
            return null;
        }

        var wanted = string.Join(", ", expected.Select(ScriptValues.Describe));
        return $"{assertion.Action.Name} returned ({string.Join(", ", results)}), expected ({wanted})";
    }

    private string? Expect<TException>(Action action, string message) where TException : CofferException
    {
        try
        {
            action();
        }
        catch (CofferException e)
        {
            return ErrorAgreement.Check<TException>(e, message, dialect);
        }

        return $"expected {typeof(TException).Name} \"{message}\", but nothing was wrong";
    }

    private string? StartThread(ThreadDirective directive)
    {
        var runner = new ScriptRunner(engine, file, dialect, load, cancellation);
        foreach (var shared in directive.Shared)
        {
            runner.Name(shared, Find(shared));
        }

        var thread = new Thread(() => runner.RunAll(directive.Body), 16 << 20) { IsBackground = true };
        threads[directive.Name] = (thread, runner);
        thread.Start();
        return null;
    }

    private string? Wait(string name)
    {
        if (!threads.TryGetValue(name, out var started)) return $"there is no thread ${name}";
        var (thread, runner) = started;
        if (!thread.Join(TimeSpan.FromSeconds(60))) return $"thread {name} did not end";
        passed += runner.passed;
        failures.AddRange(runner.failures);
        runner.Dispose();
        return null;
    }

    /// <summary>The directive needs a module whose own directive failed.</summary>
    private sealed class MissingInstanceException(string message) : Exception(message);
}
