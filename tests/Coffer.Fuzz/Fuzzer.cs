using System.Diagnostics;

namespace Coffer.Fuzz;

/// <summary>What a run of the fuzzer did.</summary>
internal sealed record FuzzReport(int Generated, int Returned, int Mutated, bool HasOracle, IReadOnlyList<string> Failures);

/// <summary>
/// Runs generated modules in both memory modes and in V8, which must agree, and mutated ones through everything, which
/// must end with an exception of Coffer or not at all.
/// </summary>
internal sealed class Fuzzer(int seed, TimeSpan time, int rounds = int.MaxValue, int firstRound = 0, bool tiered = false)
{
    private const int MostFailures = 5;

    private readonly Engine guarded = new(new EngineOptions { Memory = new MemoryOptions { Mode = MemoryMode.Guarded }, Tiered = tiered });
    private readonly Engine @checked = new(new EngineOptions { Memory = new MemoryOptions { Mode = MemoryMode.Checked }, Tiered = tiered });
    private readonly List<string> failures = [];
    private int returned;

    public FuzzReport Run(IReadOnlyList<byte[]> corpus)
    {
        using var oracle = Oracle.TryStart();
        var watch = Stopwatch.StartNew();
        var generated = 0;
        var mutated = 0;
        for (var round = firstRound; round - firstRound < rounds && watch.Elapsed < time && failures.Count < MostFailures; round++)
        {
            var random = new Random(unchecked((seed * 1_000_003) + round));
            var module = ModuleGenerator.Generate(random, portable: round % 4 != 0);
            Compare(module, round, round % 4 != 0 ? oracle : null);
            generated++;
            for (var i = 0; i < 4; i++, mutated++)
            {
                var source = corpus.Count > 0 && random.Next(2) == 0 ? corpus[random.Next(corpus.Count)] : module;
                Survive(Mutator.Mutate(source, random), round);
            }
        }

        return new FuzzReport(generated, returned, mutated, oracle is not null, failures);
    }

    private void Compare(byte[] module, int round, Oracle? oracle)
    {
        var first = Outcome(guarded, module);
        var second = Outcome(@checked, module);
        if (first.StartsWith("returned", StringComparison.Ordinal)) returned++;
        if (first != second) Fail(module, round, $"guarded: {first}, checked: {second}");
        if (oracle?.Run(module) is { } third && third != first) Fail(module, round, $"guarded: {first}, V8: {third}");
    }

    private static string Outcome(Engine engine, byte[] bytes)
    {
        try
        {
            using var store = new Store(engine);
            store.SetDeadline(TimeSpan.FromSeconds(20));
            var instance = new Linker().Instantiate(store, Module.Compile(engine, bytes));
            string outcome;
            try
            {
                outcome = $"returned {instance.GetFunction<int, long, float, double, long>("run")(7, -9, 1.5f, -2.5)}";
            }
            catch (TrapException)
            {
                outcome = "trapped";
            }

            return $"{outcome} {Hash(instance.GetMemory())}";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
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
            using var store = new Store(guarded, new StoreLimits { MemoryBytes = 256 << 20, TableElements = 1_000_000 });
            store.SetDeadline(TimeSpan.FromMilliseconds(200));
            var instance = new Linker().Instantiate(store, Module.Compile(guarded, module));
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
        failures.Add($"seed {seed}, round {round}: {what}{Environment.NewLine}  module: {Convert.ToBase64String(module)}");
}
