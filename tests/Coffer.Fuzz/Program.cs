using Coffer.Fuzz;
using Coffer.Fuzz.Wasi;

var seconds = 60;
var seed = Environment.TickCount;
var (rounds, firstRound) = (int.MaxValue, 0);
var corpus = new List<byte[]>();
var (tiered, native) = (false, false);
var isWasi = args is ["wasi", ..];
for (var i = isWasi ? 1 : 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--seconds" when i + 1 < args.Length:
            seconds = int.Parse(args[++i]);
            break;
        case "--seed" when i + 1 < args.Length:
            seed = int.Parse(args[++i]);
            break;
        case "--round" when i + 1 < args.Length:
            (rounds, firstRound) = (1, int.Parse(args[++i]));
            break;
        case "--tiered" when !isWasi:
            tiered = true;
            break;
        case "--native" when !isWasi:
            native = true;
            break;
        case var file when !isWasi && File.Exists(file):
            corpus.Add(File.ReadAllBytes(file));
            break;
        default:
            Console.Error.WriteLine("usage: Coffer.Fuzz [--seconds N] [--seed N] [--round N] [--tiered] [--native] [module.wasm …]");
            Console.Error.WriteLine("       Coffer.Fuzz wasi [--seconds N] [--seed N] [--round N]");
            return 2;
    }
}

return isWasi ? FuzzWasi() : FuzzModules();

int FuzzWasi()
{
    var report = new WasiFuzzer(seed, TimeSpan.FromSeconds(seconds), rounds, firstRound).Run();
    foreach (var failure in report.Failures) Console.WriteLine(failure);
    Console.WriteLine(
        $"seed {seed}: {report.Sequences} sequences of {report.Calls} calls ({report.Succeeded} succeeded), "
        + $"{report.Failures.Count} failures");
    return report.Failures.Count == 0 ? 0 : 1;
}

int FuzzModules()
{
    using var cache = native ? new NativeCache() : null;
    var settings = new FuzzSettings(seed, TimeSpan.FromSeconds(seconds))
    {
        Rounds = rounds, FirstRound = firstRound, Tiered = tiered, Native = cache?.Options,
    };
    var report = new Fuzzer(settings).Run(corpus);
    foreach (var failure in report.Failures) Console.WriteLine(failure);
    Console.WriteLine(
        $"seed {seed}: {report.Generated} generated modules ({report.Returned} returned, the others trapped){(report.HasOracle ? " compared with V8" : "")}, "
        + $"{report.Mutated} mutated ones, {report.Failures.Count} failures");
    return report.Failures.Count == 0 ? 0 : 1;
}
