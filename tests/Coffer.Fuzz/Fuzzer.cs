using System.Diagnostics;
using Coffer.Native;

namespace Coffer.Fuzz;

/// <summary>What a run of the fuzzer did.</summary>
internal sealed record FuzzReport(int Generated, int Returned, int Mutated, bool HasOracle, IReadOnlyList<string> Failures);

/// <summary>How to fuzz.</summary>
/// <param name="Seed">Decides all.</param>
/// <param name="Time">When to end, whatever the rounds.</param>
internal sealed record FuzzSettings(int Seed, TimeSpan Time)
{
    /// <summary>How many modules to generate at most.</summary>
    public int Rounds { get; init; } = int.MaxValue;

    /// <summary>The number of the first: each round is the same whatever was before it.</summary>
    public int FirstRound { get; init; }

    /// <summary>What every module may contain besides; whether it is portable changes from round to round.</summary>
    public GuestShape Shape { get; init; } = GuestShape.Rich;

    /// <summary>Whether the runtime's tiers apply.</summary>
    public bool Tiered { get; init; }

    /// <summary>How native code is made, to run every generated module by it as well; null without.</summary>
    public NativeOptions? Native { get; init; }
}

/// <summary>
/// Runs generated modules in both memory modes, with fuel, by native code where wanted, and in V8, which must all agree, and mutated
/// ones through everything, which must end with an exception of Coffer or not at all.
/// </summary>
internal sealed class Fuzzer
{
    private const int MostFailures = 5;
    private const long Fuel = 1L << 40;

    private readonly FuzzSettings settings;
    private readonly List<Way> ways;
    private readonly List<string> failures = [];
    private int returned;

    public Fuzzer(FuzzSettings settings)
    {
        this.settings = settings;
        var options = new EngineOptions { Memory = new MemoryOptions { Mode = MemoryMode.Guarded }, Tiered = settings.Tiered };
        var @checked = options with { Memory = new MemoryOptions { Mode = MemoryMode.Checked } };
        var metered = options with { ConsumeFuel = true };
        ways = [
            new("guarded", new Engine(options), Module.Compile),
            new("checked", new Engine(@checked), Module.Compile),
            new("with fuel", new Engine(metered), Module.Compile),
            new("with fuel, checked", new Engine(@checked with { ConsumeFuel = true }), Module.Compile),
        ];
        if (settings.Native is { } native)
        {
            var factory = ModuleLoader.Factory(native with { Policy = NativePolicy.Always });
            ways.AddRange([
                new("native", new Engine(options with { AllowNativeCode = true }), factory),
                new("native, checked", new Engine(@checked with { AllowNativeCode = true }), factory),
                new("native, with fuel", new Engine(metered with { AllowNativeCode = true }), factory),
            ]);
        }
    }

    /// <summary>One way to run a module.</summary>
    private sealed record Way(string Name, Engine Engine, ModuleFactory Compile);

    /// <summary>What a module did, in words, and the fuel it took if it returned with any to take.</summary>
    private sealed record Outcome(string Text, long? Fuel);

    public FuzzReport Run(IReadOnlyList<byte[]> corpus)
    {
        using var oracle = Oracle.TryStart();
        var watch = Stopwatch.StartNew();
        var generated = 0;
        var mutated = 0;
        for (var i = 0; i < settings.Rounds && watch.Elapsed < settings.Time && failures.Count < MostFailures; i++)
        {
            var round = settings.FirstRound + i;
            var random = new Random(unchecked((settings.Seed * 1_000_003) + round));
            var isPortable = round % 4 != 0;
            var module = ModuleGenerator.Generate(random, isPortable ? settings.Shape | GuestShape.Portable : settings.Shape);
            Compare(module, round, isPortable ? oracle : null);
            generated++;
            for (var damage = 0; damage < 4; damage++, mutated++)
            {
                var source = corpus.Count > 0 && random.Next(2) == 0 ? corpus[random.Next(corpus.Count)] : module;
                Survive(Mutator.Mutate(source, random), round);
            }
        }

        return new FuzzReport(generated, returned, mutated, oracle is not null, failures);
    }

    private void Compare(byte[] module, int round, Oracle? oracle)
    {
        var first = Run(ways[0], module);
        if (first.Text.StartsWith("returned", StringComparison.Ordinal)) returned++;
        long? fuel = null;
        foreach (var way in ways.Skip(1))
        {
            var other = Run(way, module);
            if (other.Text != first.Text) Fail(module, round, $"{ways[0].Name}: {first.Text}, {way.Name}: {other.Text}");
            if (other.Fuel is null) continue;
            fuel ??= other.Fuel;
            if (other.Fuel != fuel) Fail(module, round, $"{way.Name}: {other.Fuel} units of fuel, {fuel} in another way");
        }

        if (oracle?.Run(module) is { } text && text != first.Text) Fail(module, round, $"{ways[0].Name}: {first.Text}, V8: {text}");
    }

    private static Outcome Run(Way way, byte[] bytes)
    {
        try
        {
            using var store = new Store(way.Engine);
            // Far beyond what any takes, also where the machine does something else.
            store.SetDeadline(TimeSpan.FromMinutes(1));
            if (way.Engine.Options.ConsumeFuel) store.Fuel = Fuel;
            var instance = new Linker().Instantiate(store, way.Compile(way.Engine, bytes, null));
            string text;
            long? taken = null;
            try
            {
                text = $"returned {instance.GetFunction<int, long, float, double, long>("run")(7, -9, 1.5f, -2.5)}";
                if (way.Engine.Options.ConsumeFuel) taken = Fuel - store.Fuel;
            }
            catch (TrapException)
            {
                text = "trapped";
            }

            return new Outcome($"{text} {Hash(instance.GetMemory())}", taken);
        }
        catch (Exception e)
        {
            return new Outcome($"{e.GetType().Name}: {e.Message}", null);
        }
    }

    private static uint Hash(Memory memory)
    {
        var hash = 0x811C9DC5;
        foreach (var value in memory.GetSpan(0, (int)memory.ByteLength)) hash = (hash ^ value) * 0x01000193;
        return hash;
    }

    private void Survive(byte[] module, int round)
    {
        try
        {
            using var store = new Store(ways[0].Engine, new StoreLimits { MemoryBytes = 256 << 20, TableElements = 1_000_000 });
            store.SetDeadline(TimeSpan.FromMilliseconds(200));
            var instance = new Linker().Instantiate(store, Module.Compile(ways[0].Engine, module));
            foreach (var export in instance.Exports.Values.OfType<FuncRef>().Where(IsCallable).Take(5)) Call(export);
        }
        catch (CofferException)
        {
            // What is wrong with the module was said.
        }
        catch (Exception e)
        {
            Fail(module, round, $"mutated: {e.GetType().Name}: {e.Message}{Environment.NewLine}{e.StackTrace}");
        }
    }

    private static bool IsCallable(FuncRef function) =>
        function.FunctionType.Parameters.All(type => type.Kind != Types.ValueKind.Reference || type.IsNullable);

    private static void Call(FuncRef function)
    {
        try
        {
            function.Invoke([.. function.FunctionType.Parameters.Select(Zero)]);
        }
        catch (CofferException)
        {
            // A trap or a limit; the next function runs.
        }
    }

    /// <summary>The default value of a type.</summary>
    public static Value Zero(ValueType type) => type.Kind switch
    {
        Types.ValueKind.I32 => Value.I32(0),
        Types.ValueKind.I64 => Value.I64(0),
        Types.ValueKind.F32 => Value.F32(0),
        Types.ValueKind.F64 => Value.F64(0),
        Types.ValueKind.V128 => Value.V128(default),
        _ => Value.Reference(null),
    };

    private void Fail(byte[] module, int round, string what) =>
        failures.Add($"seed {settings.Seed}, round {round}: {what}{Environment.NewLine}  module: {Convert.ToBase64String(module)}");
}
