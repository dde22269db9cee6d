using Coffer.Native.Ambient;

namespace Coffer.Cli;

/// <summary>
/// The files of the host. All that the commands read and write goes through here; no other file of this program
/// names a type of <c>System.IO</c> that opens something.
/// </summary>
/// <param name="directory">The folder that relative paths start from.</param>
internal sealed class HostFiles(string directory)
{
    /// <summary>The folder that relative paths start from.</summary>
    public string Folder => directory;

    /// <summary>The name that stands for standard input and output.</summary>
    public const string StandardStream = "-";

    /// <summary>A path from the root.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, directory);

    /// <summary>The bytes of a file, no more than a module may have.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public byte[] ReadAll(string path) => Guard(path, "read", () =>
    {
        var limit = ModuleLimits.Default.ModuleBytes;
        return SystemFile.TryRead(FullPath(path), limit, followsLinks: true, out _) ?? ReadStream(path, limit);
    });

    private byte[] ReadStream(string path, int limit)
    {
        using var stream = new FileStream(FullPath(path), FileMode.Open, FileAccess.Read, FileShare.Read);

        // A device or pipe has no length; it is read until it ends or the limit is passed.
        if (stream.CanSeek && stream.Length > limit)
        {
            throw new IOException($"The file has {stream.Length} bytes, more than {limit}.");
        }

        using var content = new MemoryStream(stream.CanSeek ? (int)stream.Length : 0);
        var buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            if (content.Length + count > limit) throw new IOException($"There are more than {limit} bytes.");
            content.Write(buffer, 0, count);
        }

        return content.Capacity == content.Length ? content.GetBuffer() : content.ToArray();
    }

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <exception cref="CommandFailure">It cannot be written.</exception>
    public void WriteAll(string path, ReadOnlySpan<byte> content)
    {
        var copy = content.ToArray();
        Guard(path, "write", () =>
        {
            File.WriteAllBytes(FullPath(path), copy);
            return true;
        });
    }

    /// <summary>Writes a program that can be run; a program that runs under that name goes on.</summary>
    /// <exception cref="CommandFailure">It cannot be written.</exception>
    public void WriteProgram(string path, byte[] content) => Guard(path, "write", () =>
    {
        // Beside its place, so that nobody runs half of it, and moved into it as a whole.
        var target = FullPath(path);
        if (Directory.Exists(target)) throw new IOException("it is a folder");
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        }

        try
        {
            using (var stream = new FileStream(temporary, options)) stream.Write(content);
            File.Move(temporary, target, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    });

    /// <summary>A writer of a text file, replacing what was there.</summary>
    /// <exception cref="CommandFailure">It cannot be written.</exception>
    public TextWriter CreateText(string path) => Guard(path, "write", () => File.CreateText(FullPath(path)));

    /// <summary>A file to whose end things are written; it is made when there is none.</summary>
    /// <exception cref="CommandFailure">It cannot be written.</exception>
    public Stream OpenAppend(string path) => Guard(path, "write", () => new FileStream(
        FullPath(path), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));

    /// <summary>A file, or whatever the path names, to be read from its start to its end.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public Stream OpenRead(string path) => Guard(path, "read", () => new FileStream(
        FullPath(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));

    /// <summary>
    /// The file itself, or the files below a folder whose names end with <paramref name="suffix"/>, in order.
    /// </summary>
    /// <exception cref="CommandFailure">There is no such file or folder.</exception>
    public IReadOnlyList<string> Expand(string path, string suffix) => Guard<IReadOnlyList<string>>(path, "read", () =>
    {
        var full = FullPath(path);
        if (!Directory.Exists(full)) return File.Exists(full) ? [path] : throw new FileNotFoundException();
        var files = Directory.GetFiles(full, "*" + suffix, SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);

        // Named as the person named the folder.
        return [.. files.Select(file => Path.Combine(path, Path.GetRelativePath(full, file)))];
    });

    /// <summary>Whether a path names a file.</summary>
    public bool IsFile(string path) => File.Exists(FullPath(path));

    /// <summary>Whether a path names a folder.</summary>
    public bool IsFolder(string path) => Directory.Exists(FullPath(path));

    /// <summary>Whether a way from a folder passes a link, or ends at one.</summary>
    public bool HasLink(string folder, IEnumerable<string> parts)
    {
        var path = FullPath(folder);
        foreach (var part in parts)
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null) return true;
        }

        return false;
    }

    private T Guard<T>(string path, string verb, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var reason = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "it does not exist",
                UnauthorizedAccessException when Directory.Exists(FullPath(path)) => "it is a folder",
                UnauthorizedAccessException => "permission denied",
                _ => e.Message,
            };
            throw new CommandFailure(ExitCode.InputOutput, $"cannot {verb} \"{path}\": {reason}", inner: e);
        }
    }
}
