using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>What sections measure with.</summary>
internal sealed class SuiteContext(SuiteOptions options, Places places, Peers peers, ResumeFile resume)
{
    // Changes when measurements come about differently, so that old ones do not count.
    private const string Rules = "1";

    /// <summary>Programs of every kind and size, for what is not measured with all.</summary>
    private static readonly string[] Some =
    [
        "noop", "shootout-fib2", "quicksort", "libsodium-box", "regex", "bz2", "pulldown-cmark", "rust-json", "sqlite3",
        "tinygo-json", "intgemm-simd", "gcc-loops",
    ];

    private static readonly string[] QuickModules =
        ["bz2", "pulldown-cmark", "rust-json", "shootout-base64", "shootout-random", "libsodium-box_easy2"];

    private static readonly string[] QuickSome = ["noop", "bz2", "sqlite3"];
    private static readonly string[] QuickEngines = ["coffer-aot", "coffer-jit", "v8-turbofan", "v8", "wasmtime"];

    private readonly List<GuestModule> all = [.. GuestModule.FindAll(Path.Combine(places.TestData, "bench"))];

    public SuiteOptions Options => options;

    public Places Places => places;

    public Peers Peers => peers;

    /// <summary>The engines of this run.</summary>
    public IReadOnlyList<BenchEngine> Engines { get; } =
        options.IsQuick ? [.. peers.Engines.Where(engine => QuickEngines.Contains(engine.Id))] : peers.Engines;

    /// <summary>The programs of this run.</summary>
    public IReadOnlyList<GuestModule> Modules => Choose(options.IsQuick ? QuickModules : null);

    /// <summary>A few programs from the smallest to the largest.</summary>
    public IReadOnlyList<GuestModule> SomeModules => [.. Choose(options.IsQuick ? QuickSome : Some).OrderBy(module => module.Bytes)];

    /// <summary>What a peer's cost of limits is measured with: those, and what is in a quick run.</summary>
    public IReadOnlyList<GuestModule> PeerLimitModules => Choose([.. Some, .. QuickModules, "shootout-heapsort", "richards"]);

    public BenchEngine? Find(string engine) => Engines.FirstOrDefault(each => each.Id == engine);

    /// <summary>A measurement that is made once for all that it depends on, and kept.</summary>
    public T Once<T>(string what, IEnumerable<string> dependencies, Func<T> measure) =>
        resume.GetOrAdd(Digest.Of([what, Rules, options.IsQuick ? "quick" : "", .. dependencies]), measure);

    /// <summary>Tells the person who waits.</summary>
    public void Progress(string line) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {line}");

    private List<GuestModule> Choose(string[]? standard)
    {
        var names = options.Names.Count > 0 ? options.Names : standard;
        if (names is null) return all;
        var chosen = all.Where(module => names.Contains(module.Name) || names.Contains(module.Group)).ToList();
        var unknown = options.Names.FirstOrDefault(name => !all.Exists(module => module.Name == name || module.Group == name));
        return unknown is null ? chosen : throw new ArgumentException($"There is no program {unknown} in {places.TestData}/bench.");
    }
}
