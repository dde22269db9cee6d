namespace Coffer.Capabilities.Files;

/// <summary>What a file is, in WASI's numbers.</summary>
internal enum FileType : byte
{
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    DatagramSocket = 5,
    StreamSocket = 6,
    SymbolicLink = 7,
}

/// <summary>Facts about a file. Times are nanoseconds since 1970; earlier ones are 0.</summary>
internal readonly record struct FileStatus(
    ulong Device, ulong Inode, FileType Type, ulong Links, ulong Size, ulong Accessed, ulong Modified, ulong Changed);

/// <summary>What to do with a time of a file.</summary>
internal enum TimeChange
{
    Keep,
    Now,
    Set,
}

/// <summary>New times of a file, in nanoseconds since 1970.</summary>
internal readonly record struct FileTimes(TimeChange Access, ulong Accessed, TimeChange Modification, ulong Modified);
