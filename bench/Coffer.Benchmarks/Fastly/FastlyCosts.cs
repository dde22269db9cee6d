using System.Diagnostics;
using System.Globalization;
using System.Net;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Fastly;
using Coffer.Native;

namespace Coffer.Benchmarks.Fastly;

/// <summary>
/// What a request costs that a program for Fastly Compute in JavaScript answers, 11 MB of it, with a new sandbox for each: the
/// processor's time of the whole process for a request, which other work on the machine changes less than it does the clock.
/// </summary>
internal static class FastlyCosts
{
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string testData)
    {
        foreach (var name in new[] { "js_hello", "as_hello" })
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(testData, "guests", "fastly", name + ".wasm"));
            foreach (var isNative in new[] { false, true }) await MeasureAsync(name, bytes, isNative);
        }

        return 0;
    }

    private static async Task MeasureAsync(string name, byte[] bytes, bool isNative)
    {
        var engine = new Engine(new EngineOptions { AllowNativeCode = isNative });
        var clock = Stopwatch.StartNew();
        var module = isNative ? new ModuleLoader(engine, new NativeOptions { Policy = NativePolicy.Always }).Load(bytes, name) : Module.Compile(engine, bytes, name);
        var loaded = clock.Elapsed;
        using var application = await FastlyApplication.CreateAsync(module, services: new FastlyServices
        {
            Capabilities = new CapabilitySet(new ClockGrant(GuestClock.Wall), new ClockGrant(GuestClock.Monotonic), new RandomGrant()),
        });
        Ask(application);
        var first = clock.Elapsed;
        if (!isNative) module.Prepare();
        var prepared = clock.Elapsed;
        Write($"{name}, code {(isNative ? module.IsNative ? "made ahead" : "by the JIT compiler, as none was made ahead" : "by the JIT compiler")}: loaded after {loaded.TotalMilliseconds:F0} ms, answered after {first.TotalMilliseconds:F0} ms, all compiled after {prepared.TotalMilliseconds:F0} ms");
        for (var i = 0; i < 200; i++) Ask(application);
        foreach (var threads in new[] { 1, Environment.ProcessorCount })
        {
            var requests = 0;
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var allocated = GC.GetTotalAllocatedBytes();
            clock.Restart();
            await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    while (clock.Elapsed < Measured)
                    {
                        Ask(application);
                        Interlocked.Increment(ref requests);
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            var elapsed = clock.Elapsed;
            var used = Process.GetCurrentProcess().TotalProcessorTime - before;
            Write($"  {threads} threads: {requests / elapsed.TotalSeconds:F0} requests/s on the clock; {used.TotalMilliseconds / requests * 1000:F0} µs of processor time and {(GC.GetTotalAllocatedBytes() - allocated) / requests / 1024.0:F1} KB allocated a request: {requests / used.TotalSeconds:F0} requests a processor and second");
        }

        clock.Restart();
        const int instances = 500;
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0; i < instances; i++)
        {
            using var store = new Store(engine);
            application.Pre.Instantiate(store);
        }

        Write($"  the sandbox alone: {(Process.GetCurrentProcess().TotalProcessorTime - start).TotalMilliseconds / instances * 1000:F0} µs of processor time");
    }

    private static void Ask(FastlyApplication application)
    {
        using var store = new Store(application.Module.Engine, new StoreLimits { MemoryBytes = 256 << 20 });
        store.SetDeadline(TimeSpan.FromSeconds(30));
        var response = new Sink();
        var result = application.Run(store, new Request(), response);
        if (result.Reason is not null || response.Status != 200) throw new InvalidOperationException($"The program did not answer: {result.Reason}");
    }

    private static void Write(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed class Request : DownstreamRequest
    {
        public override string Method => "GET";
        public override string Uri => "http://localhost/hello";
        public override Version Version => HttpVersion.Version11;
        public override IEnumerable<KeyValuePair<string, string>> Headers { get; } = [new("host", "localhost"), new("user-agent", "bench"), new("accept", "*/*")];
        public override Stream Body => Stream.Null;
        public override long? BodyLength => 0;
        public override IPAddress ClientAddress => IPAddress.Loopback;
        public override IPAddress ServerAddress => IPAddress.Loopback;
        public override string RequestId => "0123456789abcdef0123456789abcdef";
    }

    private sealed class Sink : DownstreamResponse
    {
        public int Status { get; private set; }

        public override ValueTask StartAsync(DownstreamResponseHead head, CancellationToken cancellationToken)
        {
            Status = head.StatusCode;
            return default;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;

        public override ValueTask CompleteAsync(IReadOnlyList<KeyValuePair<string, string>> trailers, CancellationToken cancellationToken) => default;

        public override void Abort(string reason) => Status = 0;
    }
}
