using Coffer.Native.Artifacts;

namespace Coffer.Native.Ambient;

/// <summary>
/// The files of a cache. Whoever can write here can run code as the user, so the folder and the key must belong to the
/// user, be closed to all others, and be no links. Safe to use by many processes at once.
/// </summary>
internal sealed class CacheFolder
{
    /// <summary>What the names of files and folders end with while they are written.</summary>
    public const string Temporary = ".tmp";

    private const string Lock = ".lock";

    // A file that is written belongs to a process that is alive; nothing takes so long.
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(15);

    private CacheFolder(string path, byte[] key) => (FullPath, Key, Executables) = (path, key, new ExecutableFiles(path, key));

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>What this user's entries are signed with.</summary>
    public byte[] Key { get; }

    /// <summary>The executables in it.</summary>
    public ExecutableFiles Executables { get; }

    /// <summary>Opens a folder, and makes it unless it is there.</summary>
    /// <exception cref="IOException">It cannot be used, or must not be trusted.</exception>
    public static CacheFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else if (!Directory.Exists(path)) Directory.CreateDirectory(path, Ownership.MostOfFolder);
            Ownership.Require(new DirectoryInfo(path), Ownership.MostOfFolder);
            return new CacheFolder(path, ReadKey(path));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"The cache {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The path of an entry.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name + Artifact.FileExtension);

    /// <summary>The bytes of an entry; null when there is none.</summary>
    public FileContent? Read(string name, long mostBytes)
    {
        var path = PathOf(name);
        try
        {
            if (FileContent.TryRead(path, mostBytes, out _) is { } content) return content;
            var file = new FileInfo(path);
            if (!file.Exists || file.LinkTarget is not null || file.Length > mostBytes) return null;
            return FileContent.Of(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process may have taken it away meanwhile.
            return null;
        }
    }

    /// <summary>Writes down that an entry was used that was read.</summary>
    public void CountUse(string name)
    {
        var path = PathOf(name);
        SignedLines.CountUse(path, new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeSeconds());
    }

    /// <summary>Puts an entry in place as a whole: others see all of it or nothing.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Publish(string name, ReadOnlySpan<byte> content) => Place(WriteTemporary(FullPath, name, content), PathOf(name));

    /// <summary>Puts native code in place, and then the seal by which it is known again without being read.</summary>
    /// <param name="description">What it was made from and for.</param>
    /// <param name="content">The entry.</param>
    /// <param name="seal">The seal.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Publish(ArtifactDescription description, ReadOnlySpan<byte> content, ArtifactSeal seal)
    {
        var name = description.Key;

        // On disk before the seal is: nothing vouches for what may be lost.
        var temporary = WriteTemporary(FullPath, name, content, isLasting: true);
        var written = OperatingSystem.IsLinux() ? FileStatus.Of(temporary) : null;
        Place(temporary, PathOf(name));

        // Another process may have put its own there meanwhile.
        if (written is not { } file || FileStatus.Of(PathOf(name)) is not { } placed) return;
        if ((placed.Inode, placed.Size, placed.Modified) != (file.Inode, file.Size, file.Modified)) return;
        if (SignedLines.StatusOf(placed) is not { } status) return;
        Place(WriteTemporary(FullPath, name, seal.Sign(status, Key, description)), ArtifactSeal.PathOf(PathOf(name)));
    }

    private static void Place(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            // Windows keeps a file that is loaded; what is loaded has the same content.
            File.Delete(temporary);
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Remembers for a day that an entry cannot be made, and why.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void MarkFailed(string name, string reason) =>
        File.Move(WriteTemporary(FullPath, name, System.Text.Encoding.UTF8.GetBytes(reason)), Path.Combine(FullPath, name + CachePlace.Failed), overwrite: true);

    /// <summary>Whether it is remembered that an entry cannot be made.</summary>
    public bool HasFailed(string name) => CachePlace.HasFailed(FullPath, name);

    /// <summary>Removes an entry.</summary>
    public void Remove(string name)
    {
        TryDelete(new FileInfo(PathOf(name)));
        TryDelete(new FileInfo(ArtifactSeal.PathOf(PathOf(name))));
    }

    /// <summary>Does something that only one process at a time should; false when another does.</summary>
    public bool TryExclusively(string name, Action action)
    {
        var path = Path.Combine(FullPath, name + Lock);
        FileStream held;
        try
        {
            if (File.Exists(path) && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > Abandoned) File.Delete(path);
            held = new FileStream(path, Options(System.IO.FileMode.CreateNew, System.IO.FileOptions.DeleteOnClose));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        using (held) action();
        return true;
    }

    /// <summary>The names of the entries, those used last first; executables are not among them.</summary>
    public IReadOnlyList<string> Entries() => [.. NativeEntries().OrderByDescending(entry => entry.Used).Select(entry => entry.Name)];

    /// <summary>
    /// Removes what was not used for longest until no more than so many bytes are left, and what ended processes left.
    /// An entry that a process has loaded or runs stays valid for it.
    /// </summary>
    public void Trim(long mostBytes)
    {
        var now = DateTime.UtcNow;
        foreach (var file in Files())
        {
            var age = now - file.LastWriteTimeUtc;
            if (file.Extension is Temporary or Lock && age > Abandoned) TryDelete(file);
            else if (file.Extension == CachePlace.Failed && (age > CachePlace.FailureLasts || mostBytes == 0)) TryDelete(file);
            else if (file.Extension == RunCount.Extension && mostBytes == 0) TryDelete(file);
            else if (file.Extension == ArtifactSeal.Extension && age > Abandoned && !File.Exists(PathOf(Path.GetFileNameWithoutExtension(file.Name)))) TryDelete(file);
        }

        foreach (var left in Executables.Leftovers(now, Abandoned)) TryDelete(left);
        foreach (var folder in new DirectoryInfo(FullPath).GetDirectories('*' + Temporary))
        {
            if (now - folder.LastWriteTimeUtc > Abandoned) TryDelete(folder);
        }

        List<CachedFiles> entries = [.. Executables.Entries()];
        entries.AddRange(NativeEntries());
        entries.Sort((one, other) => other.Used.CompareTo(one.Used));
        foreach (var entry in entries)
        {
            mostBytes -= entry.Bytes;
            if (mostBytes >= 0) continue;
            foreach (var file in entry.Files) TryDelete(file);
        }
    }

    private List<CachedFiles> NativeEntries()
    {
        var entries = new List<CachedFiles>();
        foreach (var file in Files())
        {
            if (file.Extension != Artifact.FileExtension) continue;
            var seal = new FileInfo(ArtifactSeal.PathOf(file.FullName));
            var used = seal.Exists && seal.LastWriteTimeUtc > file.LastWriteTimeUtc ? seal.LastWriteTimeUtc : file.LastWriteTimeUtc;
            entries.Add(new CachedFiles(Path.GetFileNameWithoutExtension(file.Name), used, file.Length, [seal, file]));
        }

        return entries;
    }

    private FileInfo[] Files() => new DirectoryInfo(FullPath).GetFiles();

    private static byte[] ReadKey(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, CachePlace.KeyName));
        if (!file.Exists)
        {
            var temporary = WriteTemporary(
                folder, CachePlace.KeyName, System.Security.Cryptography.RandomNumberGenerator.GetBytes(CachePlace.KeyBytes));
            try
            {
                File.Move(temporary, file.FullName, overwrite: false);
            }
            catch (IOException) when (File.Exists(file.FullName))
            {
                // Another process was faster.
                File.Delete(temporary);
            }
        }

        return CachePlace.ReadKey(folder, out var refusal) ?? throw new IOException(refusal);
    }

    private static string WriteTemporary(string folder, string name, ReadOnlySpan<byte> content, bool isLasting = false)
    {
        var path = Path.Combine(folder, $"{name}.{Guid.NewGuid():N}{Temporary}");
        using var stream = new FileStream(path, Options(System.IO.FileMode.CreateNew, System.IO.FileOptions.None));
        stream.Write(content);
        if (isLasting) stream.Flush(flushToDisk: true);
        return path;
    }

    private static FileStreamOptions Options(FileMode mode, FileOptions options)
    {
        var all = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, Options = options, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) all.UnixCreateMode = Ownership.MostOfFile;
        return all;
    }

    private static void TryDelete(FileSystemInfo file)
    {
        try
        {
            if (file is DirectoryInfo folder) folder.Delete(recursive: true);
            else file.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use where the system does not allow it, or gone already.
        }
    }
}
