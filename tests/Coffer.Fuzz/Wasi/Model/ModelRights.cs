namespace Coffer.Fuzz.Wasi.Model;

/// <summary>The numbers of the rights in the description of WASI.</summary>
internal static class ModelRights
{
    public const ulong Datasync = 1UL << 0, Read = 1UL << 1, Seek = 1UL << 2, SetFlags = 1UL << 3, Sync = 1UL << 4,
        Tell = 1UL << 5, Write = 1UL << 6, Advise = 1UL << 7, Allocate = 1UL << 8, CreateDirectory = 1UL << 9,
        CreateFile = 1UL << 10, LinkSource = 1UL << 11, LinkTarget = 1UL << 12, Open = 1UL << 13, Readdir = 1UL << 14,
        Readlink = 1UL << 15, RenameSource = 1UL << 16, RenameTarget = 1UL << 17, PathStatus = 1UL << 18,
        PathSetSize = 1UL << 19, PathSetTimes = 1UL << 20, Status = 1UL << 21, SetSize = 1UL << 22, SetTimes = 1UL << 23,
        Symlink = 1UL << 24, RemoveDirectory = 1UL << 25, Unlink = 1UL << 26, Poll = 1UL << 27;

    public const ulong Folder = SetFlags | Sync | Datasync | Advise | Readdir | Status | SetTimes | CreateDirectory
        | CreateFile | LinkSource | LinkTarget | Open | Readlink | RenameSource | RenameTarget | PathStatus | PathSetSize
        | PathSetTimes | Symlink | RemoveDirectory | Unlink | Poll;

    public const ulong Stream = Datasync | Read | SetFlags | Sync | Write | Advise | Status | SetTimes | Poll;

    public const ulong File = Stream | Seek | Tell | Allocate | SetSize;

    /// <summary>Those for which a file is opened for writing.</summary>
    public const ulong Writing = Write | Allocate | SetSize;
}
