using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Linux error numbers as WASI's.</summary>
internal static class LinuxError
{
    public const int Interrupted = 4, Again = 11, NotDirectory = 20, Loop = 40;

    /// <summary>What the last failed call means to the guest.</summary>
    public static Errno Last => Translate(Libc.LastError);

    public static Errno Translate(int error) => error switch
    {
        1 => Errno.Permission,
        2 => Errno.NotFound,
        4 => Errno.Interrupted,
        6 => Errno.NoSuchDevice,
        7 => Errno.TooBig,
        9 => Errno.BadDescriptor,
        11 => Errno.Again,
        12 => Errno.NoMemory,
        13 => Errno.Access,
        14 => Errno.Fault,
        16 => Errno.Busy,
        17 => Errno.Exists,
        18 => Errno.CrossDevice,
        19 => Errno.NoDevice,
        20 => Errno.NotDirectory,
        21 => Errno.IsDirectory,
        22 => Errno.Invalid,
        23 => Errno.HostDescriptorLimit,
        24 => Errno.DescriptorLimit,
        26 => Errno.TextBusy,
        27 => Errno.FileTooBig,
        28 => Errno.NoSpace,
        29 => Errno.IllegalSeek,
        30 => Errno.ReadOnly,
        31 => Errno.TooManyLinks,
        32 => Errno.BrokenPipe,
        34 => Errno.Range,
        36 => Errno.NameTooLong,
        38 => Errno.NotImplemented,
        39 => Errno.NotEmpty,
        40 => Errno.Loop,
        75 => Errno.Overflow,
        84 => Errno.IllegalSequence,
        95 => Errno.NotSupported,
        122 => Errno.DiskQuota,
        _ => Errno.Io,
    };

    public static Errno Of(int result) => result < 0 ? Last : Errno.Success;
}
