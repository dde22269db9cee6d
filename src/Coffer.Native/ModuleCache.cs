using Coffer.Compilation;
using Coffer.Images;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;
using Coffer.Runtime;

namespace Coffer.Native;

/// <summary>
/// Native code of modules that this user compiled, by what it was made from and for. What does not bear the user's own
/// signature is not used.
/// </summary>
internal sealed class ModuleCache
{
    // The image of the largest module that the engine takes, with room.
    private const long MostEntryBytes = int.MaxValue;

    // Mappings of a process are counted, and most records are short.
    private const int SmallestMapping = 64 << 10;

    private readonly CacheFolder folder;
    private readonly long mostBytes;

    /// <exception cref="IOException">The folder cannot be used, or must not be trusted.</exception>
    public ModuleCache(NativeOptions options)
    {
        folder = CacheFolder.Open(options.CacheFolder ?? CachePlace.Standard);
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
        if (LoadSealed(engine, module, name, key, description) is { } known) return known;
        using var content = folder.Read(key, MostEntryBytes);
        if (content is null) return null;
        try
        {
            var artifact = Artifact.Read(content.Bytes);
            if (!artifact.IsSignedBy(folder.Key)) throw new InvalidDataException("It was changed since it was written.");
            if (artifact.Description.Misfit(description) is { } misfit) throw new InvalidDataException(misfit);
            // The content is there no longer when the module is.
            var loaded = Module.LoadNative(engine, module, artifact.Record.ToArray(), NativeImage.Of(folder.PathOf(key), artifact.Image.Span), name);
            folder.CountUse(key);
            return loaded;
        }
        catch (Exception e) when (e is InvalidDataException or BadImageFormatException or IOException)
        {
            warning?.Invoke($"an entry of the cache was unusable and is made anew: {e.Message}");
            folder.Remove(key);
            return null;
        }
    }

    // What cannot be used so is read as a whole, and then it is said why.
    private Module? LoadSealed(Engine engine, ReadOnlyMemory<byte> module, string? name, string key, ArtifactDescription description)
    {
        var path = folder.PathOf(key);
        if (ArtifactSeal.Find(path, folder.Key, description) is not { } seal) return null;
        try
        {
            return RecordOf(seal, path) is { } record ? Module.LoadNative(engine, module, record, seal.Image, name) : null;
        }
        catch (Exception e) when (e is InvalidDataException or BadImageFormatException or IOException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte>? RecordOf(ArtifactSeal seal, string path)
    {
        var mapped = seal.RecordBytes < SmallestMapping ? default : SystemFile.TryMapPart(path, seal.RecordOffset, seal.RecordBytes);
        if (mapped.Address != 0) return new StaticMemory(mapped.Address, mapped.Length).Memory;
        var read = SystemFile.TryReadPart(path, seal.RecordOffset, seal.RecordBytes);

        // An array that is not there would become memory without bytes.
        if (read is null) return null;
        return read;
    }

    /// <summary>Adds an entry.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Add(ReadOnlySpan<byte> image, ReadOnlySpan<byte> record, ArtifactDescription description)
    {
        var seal = new ArtifactSeal(NativeImage.Of(folder.PathOf(description.Key), image), image.Length, record.Length);
        folder.Publish(description, Artifact.Write(image, [], record, description, folder.Key), seal);
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

    /// <summary>Adds an executable.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void AddExecutable(ReadOnlySpan<byte> program, ArtifactDescription description)
    {
        folder.Executables.Publish(description, program);
        folder.Trim(mostBytes);
    }

    /// <summary>Whether there is an executable of a description that is used.</summary>
    public bool HasExecutable(ArtifactDescription description) => folder.Executables.Has(description);

    /// <summary>Does something that only one process at a time should; false when another does.</summary>
    public bool TryExclusively(string turn, Action action) => folder.TryExclusively(turn, action);

    /// <summary>The entries, those used last first; executables after the others.</summary>
    public IEnumerable<CacheEntry> Entries()
    {
        foreach (var name in folder.Entries())
        {
            using var content = folder.Read(name, MostEntryBytes);
            if (content is not null) yield return new CacheEntry(name, content.Bytes.Length, Describe(content.Bytes));
        }

        foreach (var entry in folder.Executables.Entries())
        {
            yield return new CacheEntry(entry.Name, entry.Bytes, folder.Executables.Describe(entry.Name), IsExecutable: true);
        }
    }

    /// <summary>Removes all entries; returns how many.</summary>
    public int Clear()
    {
        var entries = folder.Entries().Count + folder.Executables.Entries().Count;
        folder.Trim(0);
        return entries;
    }

    private ArtifactDescription? Describe(ReadOnlyMemory<byte> content)
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
/// <param name="IsExecutable">Whether it is an executable and no native code of the command.</param>
internal sealed record CacheEntry(string Key, long Bytes, ArtifactDescription? Description, bool IsExecutable = false);
