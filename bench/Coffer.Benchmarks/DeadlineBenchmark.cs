using System.Diagnostics;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Benchmarks;

/// <summary>How long after its deadline a guest ends that waits in the host.</summary>
internal static class DeadlineBenchmark
{
    private const int Rounds = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(10);

    private const string Text = """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sock_recv" (func $receive (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\02\00\00\40")
          (data (i32.const 64) "\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\01")
          (func (export "sleep") (drop (call $poll (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 32))))
          (func (export "read a pipe") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32))))
          (func (export "accept") (drop (call $accept (i32.const 3) (i32.const 0) (i32.const 36))))
          (func (export "receive")
            (drop (call $receive (i32.load (i32.const 36)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 32) (i32.const 40)))))
        """;

    /// <summary>Prints the median and the worst of each wait, from the call to its end, in milliseconds.</summary>
    public static int Run()
    {
        var engine = new Engine();
        var module = Module.CompileText(engine, Text);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var address = (IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        using var nobody = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, nobody.ClientSafePipeHandle);
        using var wasi = new WasiHost(new WasiOptions
        {
            StandardInput = input,
            Capabilities = new CapabilitySet(
                new StreamGrant(StandardStream.Input),
                new ClockGrant(GuestClock.Monotonic),
                GrantSyntax.Of(CapabilityKind.TcpListen).Parse(address.ToString())),
        });
        using var store = new Store(engine);
        var instance = wasi.AddTo(new Linker()).Instantiate(store, module);
        Measure(store, instance, "sleep");
        Measure(store, instance, "read a pipe");
        Measure(store, instance, "accept");
        using var client = new TcpClient(AddressFamily.InterNetwork);
        client.Connect(address);
        store.SetDeadline(Timeout.InfiniteTimeSpan);
        instance.GetAction("accept")();
        Measure(store, instance, "receive");

        // A read waits on; closing its stream would wait for it, so the other end goes first.
        nobody.Dispose();
        return 0;
    }

    private static void Measure(Store store, Instance instance, string name)
    {
        var wait = instance.GetAction(name);
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            store.SetDeadline(Deadline);
            try
            {
                wait();
                throw new InvalidOperationException($"\"{name}\" ended by itself.");
            }
            catch (ExhaustionException)
            {
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        times.Sort();
        Console.WriteLine($"{name,-12} deadline {Deadline.TotalMilliseconds} ms: median {times[Rounds / 2]:F1}, worst {times[^1]:F1}");
    }
}
