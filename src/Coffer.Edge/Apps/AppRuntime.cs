using Coffer.Edge.Guests;
using Coffer.Edge.Limits;
using Coffer.Edge.Telemetry;

namespace Coffer.Edge.Apps;

/// <summary>What all apps of a server use together to serve requests. Thread-safe.</summary>
internal sealed class AppRuntime : IAsyncDisposable
{
    /// <param name="host">What guests share.</param>
    /// <param name="loader">What makes programs of modules.</param>
    /// <param name="options">How much the server does at a time.</param>
    /// <param name="log">The log of requests.</param>
    public AppRuntime(GuestHost host, AppLoader loader, RuntimeOptions options, LineLog log)
    {
        Log = log;
        Host = host;
        Loader = loader;
        Admission = new Admission(options.Concurrency);
        Threads = new GuestThreads(options.StackBytes, options.InlineGuests);
        Watch = new CallWatch(Admission, Threads);
    }

    public GuestHost Host { get; }

    public AppLoader Loader { get; }

    public Admission Admission { get; }

    public CallWatch Watch { get; }

    public GuestThreads Threads { get; }

    /// <summary>The log of requests.</summary>
    public LineLog Log { get; }

    public async ValueTask DisposeAsync()
    {
        Threads.Dispose();
        Watch.Dispose();
        Loader.Dispose();
        await Log.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>How much a server does at a time. Immutable.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Requests of all apps that are served at a time.</summary>
    public int Concurrency { get; init; } = 512;

    /// <summary>The stack of a thread that a guest runs on; what it does not use takes no memory.</summary>
    public int StackBytes { get; init; } = 1 << 20;

    /// <summary>Guests that may run on threads of the server's pool, which is given others in their place when they do not end soon.</summary>
    public int InlineGuests { get; init; } = Math.Max(8, 4 * Environment.ProcessorCount);
}
