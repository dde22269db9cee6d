using System.Runtime.Versioning;
using Coffer.Native.Artifacts;

namespace Coffer.Native.Ambient;

/// <summary>The executables in the folder of a cache: how they get there and go. Linux only.</summary>
/// <param name="folder">The folder.</param>
/// <param name="key">Its key.</param>
internal sealed class ExecutableFiles(string folder, byte[] key)
{
    /// <summary>What the names of files end with that count the runs of a module; see <see cref="RunCount"/>.</summary>
    private const string Uses = RunCount.Extension;

    private static readonly TimeSpan CountLasts = TimeSpan.FromDays(30);

    /// <summary>The folder of the installed versions of the platform that this process runs on; null when it is none of them.</summary>
    public static string? Platforms => Path.GetDirectoryName(typeof(object).Assembly.Location) is { Length: > 0 } version
        ? Path.GetDirectoryName(version)
        : null;

    /// <summary>Puts a program in place, and then the record that vouches for it.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    [UnsupportedOSPlatform("windows")]
    public void Publish(ArtifactDescription description, ReadOnlySpan<byte> program)
    {
        var name = description.Key;
        var platforms = Platforms ?? throw new IOException("the platform is no installed one, and its updates would not be noticed");
        var place = CachedExecutable.PathOf(folder, name);
        Write(place, program, Ownership.MostOfFolder);
        Write(CachedExecutable.RecordOf(folder, name), CachedExecutable.Record(description, place, platforms, key), Ownership.MostOfFile);
    }

    /// <summary>Whether there is one that is used.</summary>
    public bool Has(ArtifactDescription description) => CachedExecutable.Find(folder, key, description) is not null;

    /// <summary>All of them, those used last first.</summary>
    public IReadOnlyList<CachedFiles> Entries()
    {
        var entries = new List<CachedFiles>();
        foreach (var record in new DirectoryInfo(folder).GetFiles("*" + CachedExecutable.RecordExtension))
        {
            var name = Path.GetFileNameWithoutExtension(record.Name);
            var program = new FileInfo(CachedExecutable.PathOf(folder, name));

            // First the record: nothing vouches for a program without it.
            entries.Add(new CachedFiles(name, record.LastWriteTimeUtc, record.Length + (program.Exists ? program.Length : 0), [record, program]));
        }

        entries.Sort((one, other) => other.Used.CompareTo(one.Used));
        return entries;
    }

    /// <summary>What a program was made from and for; null when its record is damaged or foreign.</summary>
    public ArtifactDescription? Describe(string name) => CachedExecutable.Read(folder, name, key);

    /// <summary>The files that belong to no entry, or not any more.</summary>
    public IEnumerable<FileInfo> Leftovers(DateTime now, TimeSpan abandoned)
    {
        foreach (var file in new DirectoryInfo(folder).GetFiles())
        {
            var age = now - file.LastWriteTimeUtc;
            if (file.Extension == Uses && age > CountLasts) yield return file;
            if (file.Extension != CachedExecutable.ProgramExtension || age < abandoned) continue;
            if (!File.Exists(Path.ChangeExtension(file.FullName, CachedExecutable.RecordExtension))) yield return file;
        }
    }

    // Beside its place and on disk, so that nobody ever runs half of it, and moved into it as a whole.
    [UnsupportedOSPlatform("windows")]
    private void Write(string place, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var temporary = Path.Combine(folder, $"{Guid.NewGuid():N}{CacheFolder.Temporary}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = mode };
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, place, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        finally
        {
            // Not there any more when it went well.
            File.Delete(temporary);
        }
    }
}

/// <summary>The files of one entry of a cache, in the order in which they go.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Used">When it was used last.</param>
/// <param name="Bytes">The bytes of all of them.</param>
/// <param name="Files">The files.</param>
internal sealed record CachedFiles(string Name, DateTime Used, long Bytes, IReadOnlyList<FileInfo> Files);
