using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>Where things are: the repository, the test data, and the folder of what is kept between runs.</summary>
internal sealed record Places
{
    /// <summary>The folder <c>bench</c> of the repository.</summary>
    public required string Bench { get; init; }

    public required string TestData { get; init; }

    /// <summary>Peers, compiled programs and measurements; outside of the repository.</summary>
    public required string Work { get; init; }

    public required string Peers { get; init; }

    public string Debian => Path.Combine(Peers, "debian");

    public string ForeignLibraries => Path.Combine(Debian, "usr/lib/x86_64-linux-gnu");

    public string ForeignLoader => Path.Combine(ForeignLibraries, "ld-linux-x86-64.so.2");

    /// <summary>What other engines compiled ahead, around the guests of today.</summary>
    public string PeerCode => Path.Combine(
        Work, "code", Digest.Of(Directory.GetFiles(Path.Combine(Bench, "guests")).Order(StringComparer.Ordinal).Select(Digest.OfFile)));

    /// <summary>Coffer's cache of machine code.</summary>
    public string NativeCode => Path.Combine(Work, "cache");

    public string Measurements => Path.Combine(Work, "measurements.jsonl");

    public Command Coffer => new(Path.Combine(Bench, "../artifacts/bin/Coffer.Cli/release/coffer"));

    public string JavaScriptGuest => Path.Combine(Bench, "guests/js-guest.mjs");

    public string JavaScriptCalls => Path.Combine(Bench, "guests/js-calls.mjs");

    public string CallModule => Path.Combine(Bench, "guests/calls.wat");

    /// <summary>What programs import that are not measured from within: functions that do nothing.</summary>
    public string StubModule => Path.Combine(Bench, "../eng/guests/bench.wat");

    public string Bun => Path.Combine(Peers, "npm/node_modules/@oven/bun-linux-x64/bin/bun");

    public string NodeWasi => Path.Combine(Bench, "node-wasi.mjs");

    public string WasmtimeGuest => Path.Combine(Peers, "wasmtime-guest");

    /// <summary>The version of the package that Wasmtime's library is of.</summary>
    public string WasmtimeVersion => Path.GetFileName(Directory.GetDirectories(Path.Combine(Peers, "nuget/wasmtime")).Max()!);

    public string NativeBuild => Path.Combine(Bench, "guests/native.sh");

    public string Reasons => Path.Combine(Bench, "reasons.md");

    /// <summary>The places when nothing else is said.</summary>
    public static Places Find(string? peers = null)
    {
        var bench = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../bench"));
        var work = Environment.GetEnvironmentVariable("COFFER_BENCH_FOLDER")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/coffer-bench");
        Directory.CreateDirectory(work);
        return new Places
        {
            Bench = bench,
            TestData = Environment.GetEnvironmentVariable("COFFER_TESTDATA")
                ?? Path.GetFullPath(Path.Combine(bench, "../../shared/testdata")),
            Work = work,
            Peers = peers ?? Path.Combine(work, "peers"),
        };
    }
}
