using System.Globalization;
using System.Text;
using Coffer.Benchmarks.Serving;
using Coffer.Opa.Tests.Abi;

namespace Coffer.Benchmarks.Policies;

/// <summary>
/// Replaces the policy of a <c>coffer policy serve</c> again and again while it decides: how many decisions failed, how many were
/// by a policy that had been replaced before they were asked for, and what stays of memory.
/// </summary>
internal static class PolicySwaps
{
    private const int Connections = 32;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3), Settle = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(int swaps)
    {
        var folder = Directory.CreateTempSubdirectory("coffer-policies-");
        var file = Path.Combine(folder.FullName, "policy.wasm");
        Write(file, 0);
        using var server = await ServerProcess.StartAsync("policy", "serve", "--bundle", file, "--addr", "127.0.0.1:0", "--no-reload");
        using var stop = new CancellationTokenSource();
        var state = new State();
        var load = Enumerable.Range(0, Connections).Select(_ => Task.Run(() => AskAsync(server.Port, state, stop.Token))).ToArray();
        await Task.Delay(Warm);
        var before = server.ResidentBytes >> 20;
        var memory = new List<long>();
        for (var version = 1; version <= swaps; version++)
        {
            Write(file, version);
            server.SignalHangup();
            await server.WaitForAsync($"version {version + 1} decides");
            Volatile.Write(ref state.Least, version);
            if (version % (swaps / 4) == 0) memory.Add(server.ResidentBytes >> 20);
        }

        await Task.Delay(Settle);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{swaps} swaps under {Connections} clients: {state.Answered:N0} decisions, {state.Failed} failed, {state.Old} by an older policy; "
            + $"resident before {before} MiB, after each quarter {string.Join(", ", memory)} MiB"));
        folder.Delete(recursive: true);
        return state.Failed == 0 && state.Old == 0 ? 0 : 1;
    }

    private static async Task AskAsync(int port, State state, CancellationToken stop)
    {
        var request = RawConnection.Request("POST", "/v0/data/test", "{}");
        using var connection = await RawConnection.OpenAsync(port);
        while (!stop.IsCancellationRequested)
        {
            var least = Volatile.Read(ref state.Least);
            var response = await connection.AskAsync(request);
            Interlocked.Increment(ref state.Answered);
            if (!TryReadVersion(response.Span, out var version)) Interlocked.Increment(ref state.Failed);
            else if (version < least) Interlocked.Increment(ref state.Old);
        }
    }

    private static bool TryReadVersion(ReadOnlySpan<byte> response, out int version)
    {
        version = 0;
        return response.StartsWith("HTTP/1.1 200"u8)
            && int.TryParse(Encoding.ASCII.GetString(response[(response.IndexOf("\r\n\r\n"u8) + 4)..]), CultureInfo.InvariantCulture, out version);
    }

    // Renamed into place: whoever reads it at that moment reads all of one.
    private static void Write(string file, int version)
    {
        File.WriteAllBytes(file + ".new", WrittenPolicy.Answering(version.ToString(CultureInfo.InvariantCulture)));
        File.Move(file + ".new", file, overwrite: true);
    }

    private sealed class State
    {
        public int Least;
        public long Answered, Failed, Old;
    }
}
