using System.Diagnostics;
using System.Globalization;
using Coffer.Edge.Apps;
using Coffer.Edge.Guests;
using Coffer.Edge.Guests.Wagi;
using Coffer.Edge.Routing;
using Coffer.Wasi;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Benchmarks.Edge;

/// <summary>What a request takes between the server and its guest, without a connection: the sum, and parts of it.</summary>
internal static class RequestCosts
{
    private const int Times = 20_000, Rounds = 9;

    public static async Task<int> RunAsync(string module)
    {
        var host = new GuestHost { Logger = NullLogger.Instance };
        using var loader = new AppLoader(host, null);
        var bytes = await File.ReadAllBytesAsync(module);
        var version = new AppVersion("1", new AppSource("hello", "1", _ => Task.FromResult<ReadOnlyMemory<byte>>(bytes)), new AppOptions(), loader);
        var program = await version.LoadAsync();
        await using var app = new App("hello", NullLogger.Instance);
        var route = Route.Parse("/", null!);
        GuestCall NewCall()
        {
            var context = new DefaultHttpContext();
            context.Request.Method = "GET";
            context.Request.Path = "/x";
            context.Request.Headers.Host = "127.0.0.1:8080";
            return new GuestCall(context, app, version, new RouteMatch(route, context));
        }

        var engine = new Engine();
        var pre = WasiHost.AddFunctionsTo(new Linker()).InstantiatePre(Module.Compile(engine, bytes));
        var options = new WasiOptions { Capabilities = version.Options.Capabilities, RootWitness = false };
        Report("a request", () => NewCall().Run(program));
        Report("  of it the objects of the call", () => NewCall());
        Report("  of it the variables", () => new MetaVariables(NewCall()).Make());
        Report("  of it a WasiHost", () => new WasiHost(options).Dispose());
        Report("  of it a sandbox", () =>
        {
            using var store = new Store(engine);
            _ = pre.Instantiate(store);
        });
        Report("  of it a sandbox that runs the program", () =>
        {
            using var store = new Store(engine);
            using var wasi = new WasiHost(options);
            wasi.Attach(store);
            wasi.Run(pre.Instantiate(store));
        });
        return 0;
    }

    private static void Report(string what, Action action)
    {
        var times = new List<double>();
        var allocated = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Times; i++) action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / Times);
            allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / Times;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-42} {times.Min(),6:F2} µs at best, {times.Order().ElementAt(Rounds / 2),6:F2} µs; {allocated,6:N0} bytes"));
    }
}
