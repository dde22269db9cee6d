namespace Coffer.Native;

/// <summary>When a module runs native code that was made ahead of time.</summary>
public enum NativePolicy
{
    /// <summary>When the cache has it; nothing is compiled ahead.</summary>
    Cached,
    /// <summary>
    /// When the cache has it, and it is made first for modules with functions so large that the JIT compiler would not
    /// optimize them.
    /// </summary>
    Automatic,
    /// <summary>Always; it is made first when the cache does not have it.</summary>
    Always,
}

/// <summary>How native code is made and kept.</summary>
public sealed record NativeOptions
{
    /// <summary>When native code is used.</summary>
    public NativePolicy Policy { get; init; } = NativePolicy.Automatic;

    /// <summary>The folder of the cache, which must belong to the user alone; null for the user's own.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How many bytes the cache may have; beyond them goes what was not used for longest.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>The crossgen2 to use; null to look for it where the application and the package manager put it.</summary>
    public string? CompilerPath { get; init; }

    /// <summary>How long one compilation may take before its process is ended.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many threads one compilation may use; 0 for as many as there are processors.</summary>
    public int Threads { get; init; }

    /// <summary>Told, in a sentence, why something was done in another way than asked: no compiler, a damaged entry.</summary>
    public Action<string>? Warning { get; init; }
}
