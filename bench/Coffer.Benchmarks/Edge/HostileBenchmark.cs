using System.Globalization;

namespace Coffer.Benchmarks.Edge;

/// <summary>
/// How much longer a good app takes while others on the same server do what they should not: rounds in turns, quiet and beside each kind
/// of hostile app, of one server by one client.
/// </summary>
internal static class HostileBenchmark
{
    private const int Good = 8, Hostile = 8, Seconds = 3;
    private const string Head = "(data (i32.const 16) \"Content-Type: text/plain\\0a\\0agood\\0a\")";

    private const string Begin = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 2)
          (data (i32.const 0) "\10\00\00\00\1f\00\00\00")
        """;

    private static readonly (string Name, string Start)[] Kinds =
    [
        ("loop", "(loop $l (br $l))"),
        ("trap", "unreachable"),
        ("memory", "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (memory.fill (i32.const 65536) (i32.const 1) (i32.const 60000000))"),
        ("answer", "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (i32.store (i32.const 4) (i32.const 60000)) (loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l))"),
        ("log", "(loop $l (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l))"),
    ];

    public static async Task<int> RunAsync(string[] words)
    {
        var rounds = words is ["--rounds", var text, ..] ? int.Parse(text, CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("coffer-hostile-");
        try
        {
            foreach (var (name, start) in Kinds) await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.wat"), $"{Begin}{Head}(func (export \"_start\") {start}))");
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "good.wat"), $"{Begin}{Head}(func (export \"_start\") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))");
            using var server = await ServerProcess.StartAsync(port => EdgePeers.Serving(Configure(folder.FullName, port)), "/good");
            await ReportAsync(server, rounds);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ReportAsync(ServerProcess server, int rounds)
    {
        await Wrk.RunAsync(server, Good, Seconds);
        Console.WriteLine($"{Good} connections to the good app, {Hostile} to a hostile one; {rounds} rounds of {Seconds} s; the slowest of a hundred, and the median of its ratio to the quiet round before");
        foreach (var (name, _) in Kinds)
        {
            var tails = new List<double>();
            var ratios = new List<double>();
            var failed = 0L;
            for (var round = 0; round < rounds; round++)
            {
                var quiet = await Wrk.RunAsync(server, Good, Seconds);
                var hostile = Wrk.RunAsync(server, Hostile, Seconds + 1, $"/{name}");
                await Task.Delay(500);
                var beside = await Wrk.RunAsync(server, Good, Seconds - 1);
                await hostile;
                tails.Add(beside.P99);
                ratios.Add(beside.P99 / quiet.P99);
                failed += beside.Failed;
            }

            tails.Sort();
            ratios.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"beside {name,-8} 99 % {tails[rounds / 2],8:F2} ms, {ratios[rounds / 2],6:F2} of quiet ({ratios[0]:F2} to {ratios[^1]:F2}); failed {failed}; {server.ResidentBytes >> 20} MiB"));
        }
    }

    // As an operator would bound strangers: little time, few at a time.
    private static string Configure(string folder, int port)
    {
        var hostile = Kinds.Select(kind =>
            $"\"{kind.Name}\": {{ \"module\": \"{kind.Name}.wat\", \"routes\": [\"/{kind.Name}\"], \"limits\": {{ \"time\": \"100ms\", \"concurrency\": 1, \"memory\": \"64MiB\", \"logLines\": 10, \"responseBody\": \"10MiB\" }} }}");
        var path = Path.Combine(folder, "coffer.json");
        File.WriteAllText(path, $$"""
            { "listeners": [{ "address": "127.0.0.1:{{port}}" }], "apps": { "good": { "module": "good.wat", "routes": ["/good"] }, {{string.Join(", ", hostile)}} } }
            """);
        return path;
    }
}
