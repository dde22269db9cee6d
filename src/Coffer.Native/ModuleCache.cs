using Coffer.Compilation;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;

namespace Coffer.Native;

/// <summary>
/// Native code of modules that this user compiled, by what it was made from and for. What does not bear the user's own
/// signature is not used.
/// </summary>
internal sealed class ModuleCache
{
    // The image of the largest module that the engine takes, with room.
    private const long MostEntryBytes = int.MaxValue;

    private readonly CacheFolder folder;
    private readonly long mostBytes;

    /// <exception cref="IOException">The folder cannot be used, or must not be trusted.</exception>
    public ModuleCache(NativeOptions options)
    {
        folder = CacheFolder.Open(options.CacheFolder ?? CacheFolder.Standard);
        mostBytes = options.CacheBytes;
    }

    /// <summary>Where the entries are.</summary>
    public string FullPath => folder.FullPath;

    /// <summary>The key of this user.</summary>
    public ReadOnlySpan<byte> Key => folder.Key;

    /// <summary>The module with its native code, when there is an entry for it.</summary>
    public Module? Load(Engine engine, ReadOnlyMemory<byte> module, string? name, ArtifactDescription description, Action<string>? warning)
    {
        var key = description.Key;
        if (folder.Read(key, MostEntryBytes) is not { } content) return null;
        try
        {
            var artifact = Artifact.Read(content);
            if (!artifact.IsSignedBy(folder.Key)) throw new InvalidDataException("It was changed since it was written.");
            if (artifact.Description.Misfit(description) is { } misfit) throw new InvalidDataException(misfit);
            return Module.LoadNative(engine, module, artifact.Record.Span, new NativeImage(folder.PathOf(key), artifact.Image), name);
        }
        catch (Exception e) when (e is InvalidDataException or BadImageFormatException or IOException)
        {
            warning?.Invoke($"an entry of the cache was unusable and is made anew: {e.Message}");
            folder.Remove(key);
            return null;
        }
    }

    /// <summary>Adds an entry.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Add(ReadOnlySpan<byte> image, ReadOnlySpan<byte> record, ArtifactDescription description)
    {
        folder.Publish(description.Key, Artifact.Write(image, [], record, description, folder.Key));
        folder.Trim(mostBytes);
    }

    /// <summary>Remembers that no entry can be made for a module, so that not every run tries it again.</summary>
    public void MarkFailed(ArtifactDescription description, string reason)
    {
        try
        {
            folder.MarkFailed(description.Key, reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the next run tries again.
        }
    }

    /// <summary>Whether that is remembered.</summary>
    public bool HasFailed(ArtifactDescription description) => folder.HasFailed(description.Key);

    /// <summary>Does something for an entry that only one process at a time should; false when another does.</summary>
    public bool TryExclusively(ArtifactDescription description, Action action) => folder.TryExclusively(description.Key, action);

    /// <summary>The entries, those used last first.</summary>
    public IEnumerable<CacheEntry> Entries()
    {
        foreach (var name in folder.Entries())
        {
            if (folder.Read(name, MostEntryBytes) is not { } content) continue;
            yield return new CacheEntry(name, content.Length, Describe(content));
        }
    }

    /// <summary>Removes all entries; returns how many.</summary>
    public int Clear()
    {
        var entries = folder.Entries();
        folder.Trim(0);
        return entries.Count;
    }

    private ArtifactDescription? Describe(byte[] content)
    {
        try
        {
            var artifact = Artifact.Read(content);
            return artifact.IsSignedBy(folder.Key) ? artifact.Description : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}

/// <summary>One entry of a cache.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Description">What it was made from and for; null when it is damaged or foreign.</param>
internal sealed record CacheEntry(string Key, long Bytes, ArtifactDescription? Description);
