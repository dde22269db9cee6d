namespace Coffer.Wasi.Preview1;

/// <summary>
/// What a descriptor may be used for. A guest can give rights up and libraries read them; what a guest may do at all
/// is decided by the grant of the directory, not here.
/// </summary>
[Flags]
internal enum Rights : ulong
{
    None = 0,
    FdDatasync = 1 << 0,
    FdRead = 1 << 1,
    FdSeek = 1 << 2,
    FdFdstatSetFlags = 1 << 3,
    FdSync = 1 << 4,
    FdTell = 1 << 5,
    FdWrite = 1 << 6,
    FdAdvise = 1 << 7,
    FdAllocate = 1 << 8,
    PathCreateDirectory = 1 << 9,
    PathCreateFile = 1 << 10,
    PathLinkSource = 1 << 11,
    PathLinkTarget = 1 << 12,
    PathOpen = 1 << 13,
    FdReaddir = 1 << 14,
    PathReadlink = 1 << 15,
    PathRenameSource = 1 << 16,
    PathRenameTarget = 1 << 17,
    PathFilestatGet = 1 << 18,
    PathFilestatSetSize = 1 << 19,
    PathFilestatSetTimes = 1 << 20,
    FdFilestatGet = 1 << 21,
    FdFilestatSetSize = 1 << 22,
    FdFilestatSetTimes = 1 << 23,
    PathSymlink = 1 << 24,
    PathRemoveDirectory = 1 << 25,
    PathUnlinkFile = 1 << 26,
    PollFdReadwrite = 1 << 27,
    SockShutdown = 1 << 28,
    SockAccept = 1 << 29,

    /// <summary>Of a directory.</summary>
    Directory = FdFdstatSetFlags | FdSync | FdDatasync | FdAdvise | FdReaddir | FdFilestatGet | FdFilestatSetTimes
        | PathCreateDirectory | PathCreateFile | PathLinkSource | PathLinkTarget | PathOpen | PathReadlink
        | PathRenameSource | PathRenameTarget | PathFilestatGet | PathFilestatSetSize | PathFilestatSetTimes
        | PathSymlink | PathRemoveDirectory | PathUnlinkFile | PollFdReadwrite,

    /// <summary>Of a stream, which has no position.</summary>
    Stream = FdDatasync | FdRead | FdFdstatSetFlags | FdSync | FdWrite | FdAdvise | FdFilestatGet | FdFilestatSetTimes
        | PollFdReadwrite,

    /// <summary>Of a connected socket.</summary>
    Connection = FdRead | FdWrite | FdFdstatSetFlags | FdFilestatGet | PollFdReadwrite | SockShutdown,

    /// <summary>Of a listening socket.</summary>
    Listener = FdFdstatSetFlags | FdFilestatGet | PollFdReadwrite | SockAccept,

    /// <summary>Of a file.</summary>
    File = Stream | FdSeek | FdTell | FdAllocate | FdFilestatSetSize,

    /// <summary>Those for which a file must be open for writing.</summary>
    Writing = FdWrite | FdAllocate | FdFilestatSetSize,
}

/// <summary>Flags of an open descriptor (fdflags).</summary>
[Flags]
internal enum DescriptorFlags : ushort
{
    None = 0,
    Append = 1,
    DataSync = 2,
    NonBlocking = 4,
    ReadSync = 8,
    Sync = 16,
    All = 31,
}
