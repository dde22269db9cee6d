using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// What <see cref="PortableDirectory"/> needs of a file system that it can only speak to by whole paths. The rules of
/// the guest are not here, so that they are tested against file systems that the machine of the tests does not have.
/// </summary>
internal abstract class PortableSystem
{
    /// <summary>Whether names are devices, streams and short forms as on Windows.</summary>
    public abstract bool HasWindowsNames { get; }

    /// <summary>A path with a further component.</summary>
    public abstract string Join(string path, string name);

    /// <summary>Facts about a path; a link is not followed.</summary>
    public abstract Errno GetStatus(string path, out FileStatus status);

    /// <summary>The entries of a directory under their own names, in a fixed order.</summary>
    public abstract Errno List(string path, out List<(string Name, FileType Type)> entries);

    /// <summary>Opens or makes a file, and never empties it.</summary>
    public abstract Errno Open(
        string path, OpenRequest request, DirectoryAccess access, DirectoryQuota? quota, out FileHandle? file);

    /// <summary>Empties a file that was opened here.</summary>
    public abstract Errno Truncate(FileHandle file);

    public abstract Errno SetTimes(string path, FileTimes times);

    public abstract Errno CreateDirectory(string path);

    /// <summary>Removes a directory that is empty.</summary>
    public abstract Errno RemoveDirectory(string path);

    public abstract Errno RemoveFile(string path);

    /// <summary>Gives a file another name, in place of the file that has it.</summary>
    public abstract Errno MoveFile(string from, string to);

    /// <summary>Gives a directory another name, which is free.</summary>
    public abstract Errno MoveDirectory(string from, string to);
}
