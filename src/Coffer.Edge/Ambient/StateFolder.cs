using System.Buffers;
using System.Security.Cryptography;
using Coffer.Edge.Deployment;

namespace Coffer.Edge.Ambient;

/// <summary>
/// The folder of a server's state. A module is a file named by its digest, with a note beside it of what it was deployed as. A file
/// gets its name when its content is on the device. One server has the folder at a time.
/// </summary>
internal sealed class StateFolder : IDisposable
{
    private const int BufferSize = 64 << 10;

    private readonly FileStream held;
    private readonly string modules, incoming;

    private StateFolder(string path, FileStream held)
    {
        this.held = held;
        Path = path;
        modules = System.IO.Path.Combine(path, "modules");
        incoming = System.IO.Path.Combine(path, "incoming");
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The file of the database.</summary>
    public string Database => System.IO.Path.Combine(Path, "state.db");

    /// <summary>The file of the apps' key-value stores.</summary>
    public string Stores => System.IO.Path.Combine(Path, "stores.db");

    /// <summary>Opens a folder, or makes it.</summary>
    /// <exception cref="DeploymentException">It cannot be used, or another server uses it.</exception>
    public static StateFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            held = TakeLock(System.IO.Path.Combine(path, "lock"));
            var folder = new StateFolder(path, held);
            Directory.CreateDirectory(folder.modules);
            Directory.CreateDirectory(folder.incoming);
            // What was being written when a server ended was acknowledged to nobody.
            foreach (var part in Directory.EnumerateFiles(folder.incoming)) File.Delete(part);
            FolderSync.Flush(path);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new DeploymentException(DeploymentFailure.Storage, $"the folder of the state, {path}, cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Takes a module in.</summary>
    /// <param name="content">The module.</param>
    /// <param name="expected">The digest that it must have; null for any.</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <returns>Its digest, in hexadecimal, and its length.</returns>
    public async Task<(string Digest, long Length)> PutModuleAsync(Stream content, string? expected, long limit, CancellationToken cancellation)
    {
        var part = System.IO.Path.Combine(incoming, Guid.NewGuid().ToString("n"));
        try
        {
            var (digest, length) = await ReceiveAsync(content, part, limit, cancellation).ConfigureAwait(false);
            if (expected is not null && digest != expected)
                throw new DeploymentException(DeploymentFailure.WrongDigest, $"the digest of what was sent is sha256:{digest}, and sha256:{expected} was announced");
            // Also where there is one already: it may be damaged, and this one is known to be right.
            Place(part, ModulePath(digest));
            return (digest, length);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Whether there is a module.</summary>
    public bool HasModule(string digest) => File.Exists(ModulePath(digest));

    /// <summary>The length of a module.</summary>
    public long LengthOf(string digest) => new FileInfo(ModulePath(digest)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Reads a module.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what its digest says.</exception>
    public ReadOnlyMemory<byte> ReadModule(string digest)
    {
        var bytes = ModuleFile.Read(ModulePath(digest));
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest
            ? bytes
            : throw new InvalidDataException($"the module sha256:{digest} is damaged on disk ({ModulePath(digest)}). Upload it again");
    }

    /// <summary>The note beside a module; null when there is none.</summary>
    public byte[]? ReadNote(string digest)
    {
        try
        {
            return File.ReadAllBytes(NotePath(digest));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes the note beside a module.</summary>
    public void WriteNote(string digest, byte[] note)
    {
        var part = System.IO.Path.Combine(incoming, Guid.NewGuid().ToString("n"));
        try
        {
            using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(note);
                file.Flush(flushToDisk: true);
            }

            Place(part, NotePath(digest));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("the note of a module", exception);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>The digests of all modules.</summary>
    public IReadOnlyList<string> Modules() =>
        [.. Directory.EnumerateFiles(modules, "*.wasm").Select(path => System.IO.Path.GetFileNameWithoutExtension(path)).Where(ModuleDigest.IsOne)];

    /// <summary>Removes the modules that are none of some, and are older than a time.</summary>
    /// <returns>How many.</returns>
    public int Collect(IReadOnlySet<string> live, DateTime before)
    {
        var removed = 0;
        foreach (var digest in Modules())
        {
            if (live.Contains(digest) || File.GetLastWriteTimeUtc(ModulePath(digest)) >= before) continue;
            File.Delete(NotePath(digest));
            File.Delete(ModulePath(digest));
            removed++;
        }

        return removed;
    }

    /// <summary>Puts the files of a damaged database aside.</summary>
    /// <returns>Where the database is now; null when there was none.</returns>
    public string? PutDatabaseAside()
    {
        if (!File.Exists(Database)) return null;
        var aside = Database + ".damaged";
        for (var number = 1; File.Exists(aside); number++) aside = $"{Database}.damaged-{number}";
        File.Move(Database, aside);
        foreach (var suffix in (string[])["-wal", "-shm"])
            if (File.Exists(Database + suffix))
                File.Move(Database + suffix, aside + suffix, overwrite: true);
        FolderSync.Flush(Path);
        return aside;
    }

    public void Dispose() => held.Dispose();

    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new DeploymentException(
                DeploymentFailure.Storage, $"another server uses the state in {System.IO.Path.GetDirectoryName(path)}. Stop it, or name another folder", exception);
        }
    }

    private static async Task<(string Digest, long Length)> ReceiveAsync(Stream content, string part, long limit, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var file = Create(part);
        await using (file.ConfigureAwait(false))
        {
            try
            {
                var length = 0L;
                for (int count; (count = await content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
                {
                    length += count;
                    if (length > limit) throw new DeploymentException(DeploymentFailure.TooLarge, $"the module is larger than {limit} bytes, which is the limit");
                    hash.AppendData(buffer, 0, count);
                    Write(file, buffer.AsSpan(0, count));
                }

                Finish(file);
                return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Apart from reading, whose errors are the client's.
    private static FileStream Create(string part)
    {
        try
        {
            return new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("the module", exception);
        }
    }

    private static void Write(FileStream file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            file.Write(bytes);
        }
        catch (IOException exception)
        {
            throw Failed("the module", exception);
        }
    }

    private static void Finish(FileStream file)
    {
        try
        {
            file.Flush(flushToDisk: true);
        }
        catch (IOException exception)
        {
            throw Failed("the module", exception);
        }
    }

    private void Place(string part, string path)
    {
        try
        {
            File.Move(part, path, overwrite: true);
            FolderSync.Flush(modules);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("a module, or its note,", exception);
        }
    }

    private static DeploymentException Failed(string what, Exception exception) =>
        new(DeploymentFailure.Storage, $"{what} cannot be written: {exception.Message}. Nothing has changed", exception);

    private string ModulePath(string digest) => System.IO.Path.Combine(modules, ModuleDigest.Check(digest) + ".wasm");

    private string NotePath(string digest) => System.IO.Path.Combine(modules, ModuleDigest.Check(digest) + ".json");
}
