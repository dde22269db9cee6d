using System.Diagnostics;
using Coffer.Edge.Guests;

namespace Coffer.Edge.Apps;

/// <summary>
/// One version of an app: a module and how its requests are served, which never change. It is compiled when it is first needed and,
/// unless it is to be kept warm, forgotten when nobody has needed it for a while. Thread-safe.
/// </summary>
/// <param name="id">Its name among the versions of the app.</param>
/// <param name="source">Where the module comes from.</param>
/// <param name="options">How requests are served.</param>
/// <param name="loader">What makes programs of modules.</param>
/// <param name="loaded">The program, where there is one already; it ends with the version.</param>
internal sealed class AppVersion(string id, AppSource source, AppOptions options, AppLoader loader, GuestProgram? loaded = null) : IDisposable
{
    private readonly Lock gate = new();
    private volatile GuestProgram? program = loaded;
    private Task<GuestProgram>? loading;
    private long lastUsed;
    private int holders;

    /// <summary>Its name among the versions of the app.</summary>
    public string Id { get; set; } = id;

    /// <summary>How its requests ended.</summary>
    public VersionOutcomes Outcomes { get; } = new();

    /// <summary>Where the module comes from.</summary>
    public AppSource Source => source;

    /// <summary>How requests are served.</summary>
    public AppOptions Options => options;

    /// <summary>Whether a request finds it compiled.</summary>
    public bool IsLoaded => program is not null;

    /// <summary>Of which kind the module is, where that is known.</summary>
    public string? Kind => program?.Kind;

    /// <summary>How long loading took, the last time.</summary>
    public TimeSpan LoadTime { get; private set; }

    /// <summary>How long ago it was last needed.</summary>
    public TimeSpan IdleTime => Stopwatch.GetElapsedTime(Volatile.Read(ref lastUsed));

    /// <summary>The program, compiled now if need be; however many wait for it, once.</summary>
    /// <exception cref="CofferException">The module cannot be compiled or linked.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what it was.</exception>
    public ValueTask<GuestProgram> LoadAsync()
    {
        Volatile.Write(ref lastUsed, Stopwatch.GetTimestamp());
        return program is { } loaded ? ValueTask.FromResult(loaded) : new ValueTask<GuestProgram>(LoadOnceAsync());
    }

    /// <summary>Forgets the program; a request that comes later compiles it again.</summary>
    public void Unload()
    {
        GuestProgram? unloaded;
        lock (gate)
        {
            unloaded = program;
            program = null;
            loading = null;
        }

        unloaded?.Dispose();
    }

    /// <summary>A split of an app's requests has it.</summary>
    public void Hold() => Interlocked.Increment(ref holders);

    /// <summary>A split of an app's requests, and all requests that it served, are over. The last one disposes the version.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0) Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Unload();

    private Task<GuestProgram> LoadOnceAsync()
    {
        lock (gate)
        {
            // One that failed is tried again: the file may be there by now.
            if (loading is null or { IsFaulted: true } or { IsCanceled: true }) loading = Task.Run(LoadNowAsync);
            return loading;
        }
    }

    private async Task<GuestProgram> LoadNowAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var loaded = await loader.LoadAsync(source, options).ConfigureAwait(false);
        LoadTime = Stopwatch.GetElapsedTime(started);
        lock (gate) program = loaded;
        return loaded;
    }
}
