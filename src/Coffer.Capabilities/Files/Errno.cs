namespace Coffer.Capabilities.Files;

/// <summary>
/// 0, or why an operation failed. The numbers are those of WASI 0.1, so that the layer that hands them to guests needs
/// no table.
/// </summary>
internal enum Errno : ushort
{
    Success = 0,
    TooBig = 1,
    Access = 2,
    Again = 6,
    BadDescriptor = 8,
    Busy = 10,
    ConnectionAborted = 13,
    ConnectionReset = 15,
    DiskQuota = 19,
    Exists = 20,
    Fault = 21,
    FileTooBig = 22,
    IllegalSequence = 25,
    Interrupted = 27,
    Invalid = 28,
    Io = 29,
    IsDirectory = 31,
    Loop = 32,
    DescriptorLimit = 33,
    TooManyLinks = 34,
    NameTooLong = 37,
    HostDescriptorLimit = 41,
    NoDevice = 43,
    NotFound = 44,
    NoMemory = 48,
    NoSpace = 51,
    NotImplemented = 52,
    NotConnected = 53,
    NotDirectory = 54,
    NotEmpty = 55,
    NotSocket = 57,
    NotSupported = 58,
    NoSuchDevice = 60,
    Overflow = 61,
    Permission = 63,
    BrokenPipe = 64,
    Range = 68,
    ReadOnly = 69,
    IllegalSeek = 70,
    TimedOut = 73,
    TextBusy = 74,
    CrossDevice = 75,
    NotCapable = 76,

    /// <summary>
    /// The path leads out of the directory. For the decision and its record only: guests are told
    /// <see cref="Permission"/>.
    /// </summary>
    Escape = 0x8000,
}
