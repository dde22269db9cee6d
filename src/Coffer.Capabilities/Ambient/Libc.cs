using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// The system calls of Linux that work relative to an open directory, which .NET has no names for. All return a
/// negative number on failure, and the error is <see cref="LastError"/>.
/// </summary>
internal static unsafe partial class Libc
{
    public const int OpenReadOnly = 0, OpenWriteOnly = 1, OpenReadWrite = 2;
    public const int OpenCreate = 0x40, OpenExclusive = 0x80, OpenNoTerminal = 0x100, OpenTruncate = 0x200;
    public const int OpenAppend = 0x400, OpenNonBlocking = 0x800, OpenDataSync = 0x1000, OpenSync = 0x101000;
    public const int OpenCloseOnExec = 0x80000, OpenPath = 0x200000;
    public const int AtSymlinkNoFollow = 0x100, AtRemoveDirectory = 0x200, AtEmptyPath = 0x1000;
    public const int ControlGetFlags = 3, ControlSetFlags = 4;
    public const short PollReadable = 1, PollWritable = 4;
    public const uint NewFileMode = 0x1B6; // rw-rw-rw-, less the process's mask
    public const uint NewDirectoryMode = 0x1FF;
    public const long TimeNow = 0x3fffffff, TimeOmit = 0x3ffffffe;
    public const uint StatxType = 1;
    private const uint StatxBasic = 0x7ff;
    private const int SystemCallOpenAt2 = 437;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The systems whose flag values these are.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static int OpenDirectory { get; } = Arm ? 0x4000 : 0x10000;

    public static int OpenNoFollow { get; } = Arm ? 0x8000 : 0x20000;

    private static nint SystemCallGetEntries { get; } = Arm ? 61 : 217;

    /// <summary>The error of the last call on this thread.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    public static int OpenAt(int directory, ReadOnlySpan<byte> path, int flags, uint mode)
    {
        fixed (byte* text = path) return OpenAt(directory, text, flags | OpenCloseOnExec, mode);
    }

    /// <summary>Opens a path that is resolved by the kernel, which refuses to leave the directory.</summary>
    public static int OpenBeneath(int directory, ReadOnlySpan<byte> path, int flags, uint mode)
    {
        const ulong noMagicLinks = 0x02, beneath = 0x08;
        var how = stackalloc ulong[3] { (uint)(flags | OpenCloseOnExec), mode, noMagicLinks | beneath };
        fixed (byte* text = path) return (int)SystemCall(SystemCallOpenAt2, directory, (nint)text, (nint)how, 24);
    }

    public static int ReadLinkAt(int directory, ReadOnlySpan<byte> name, Span<byte> destination)
    {
        fixed (byte* text = name)
        fixed (byte* to = destination) return (int)ReadLinkAt(directory, text, to, (nuint)destination.Length);
    }

    /// <summary>
    /// Facts about a name in a directory, or about the descriptor itself when the name is empty; never follows a link.
    /// </summary>
    public static int Status(int directory, ReadOnlySpan<byte> name, out Statx status, uint mask = StatxBasic)
    {
        byte nul = 0;
        fixed (Statx* to = &status)
        fixed (byte* text = name)
        {
            return Statx(directory, text is null ? &nul : text, AtEmptyPath | AtSymlinkNoFollow, mask, to);
        }
    }

    public static int SetTimes(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<TimeSpecification> times)
    {
        byte nul = 0;
        fixed (byte* text = name)
        fixed (TimeSpecification* two = times)
        {
            var flags = AtSymlinkNoFollow | (text is null ? AtEmptyPath : 0);
            return UpdateTimes(directory, text is null ? &nul : text, two, flags);
        }
    }

    public static int SetTimes(int descriptor, ReadOnlySpan<TimeSpecification> times)
    {
        fixed (TimeSpecification* two = times) return SetDescriptorTimes(descriptor, two);
    }

    public static int MakeDirectoryAt(int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* text = name) return MakeDirectoryAt(directory, text, NewDirectoryMode);
    }

    public static int UnlinkAt(int directory, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* text = name) return UnlinkAt(directory, text, flags);
    }

    public static int SymlinkAt(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* to = target)
        fixed (byte* text = name) return SymlinkAt(to, directory, text);
    }

    public static int RenameAt(int directory, ReadOnlySpan<byte> name, int newDirectory, ReadOnlySpan<byte> newName)
    {
        fixed (byte* text = name)
        fixed (byte* newText = newName) return RenameAt(directory, text, newDirectory, newText);
    }

    public static int LinkAt(int directory, ReadOnlySpan<byte> name, int newDirectory, ReadOnlySpan<byte> newName)
    {
        fixed (byte* text = name)
        fixed (byte* newText = newName) return LinkAt(directory, text, newDirectory, newText, 0);
    }

    public static int GetEntries(int directory, Span<byte> destination)
    {
        fixed (byte* to = destination)
        {
            return (int)SystemCall(SystemCallGetEntries, directory, (nint)to, destination.Length, 0);
        }
    }

    /// <summary>
    /// Waits until reading or writing would not wait, or there is an error or the end, at most so many milliseconds (-1: for
    /// ever). Whether it is so; an interrupted wait counts as well, as one that is to be looked at again.
    /// </summary>
    public static bool Poll(int descriptor, short events, int milliseconds)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = events };
        return Poll(&entry, 1, milliseconds) != 0;
    }

    /// <summary>Unpredictable bytes, perhaps fewer than asked for.</summary>
    public static nint GetRandom(Span<byte> destination)
    {
        fixed (byte* to = destination) return GetRandom(to, (nuint)destination.Length, 0);
    }

    public static nint Read(int descriptor, Span<byte> destination)
    {
        fixed (byte* to = destination) return Read(descriptor, to, (nuint)destination.Length);
    }

    public static nint ReadAt(int descriptor, Span<byte> destination, long offset)
    {
        fixed (byte* to = destination) return ReadAt(descriptor, to, (nuint)destination.Length, offset);
    }

    public static nint Write(int descriptor, ReadOnlySpan<byte> source)
    {
        fixed (byte* from = source) return Write(descriptor, from, (nuint)source.Length);
    }

    public static nint WriteAt(int descriptor, ReadOnlySpan<byte> source, long offset)
    {
        fixed (byte* from = source) return WriteAt(descriptor, from, (nuint)source.Length, offset);
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetLength(int descriptor, long length);

    /// <summary>
    /// Not <c>posix_fallocate</c>: where the file system cannot, that writes to every block instead, for hours if need be.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "isatty")]
    public static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAt(int directory, byte* path, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(int directory, byte* path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int UpdateTimes(int directory, byte* path, TimeSpecification* times, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int SetDescriptorTimes(int descriptor, TimeSpecification* times);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MakeDirectoryAt(int directory, byte* path, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(int directory, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int SymlinkAt(byte* target, int directory, byte* path);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static partial int RenameAt(int directory, byte* path, int newDirectory, byte* newPath);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    private static partial int LinkAt(int directory, byte* path, int newDirectory, byte* newPath, int flags);

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* destination, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadAt(int descriptor, byte* destination, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* source, nuint length);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint WriteAt(int descriptor, byte* source, nuint length, long offset);
}

/// <summary>An owned descriptor; closed at the latest by the garbage collector.</summary>
internal sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    public Descriptor(int number) : base(ownsHandle: true) => SetHandle(number);

    /// <summary>The number. Valid while this object is reachable and not disposed.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Happened;
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TimeSpecification(long Seconds, long Nanoseconds);

/// <summary>struct statx, which unlike struct stat is the same on all architectures.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    [FieldOffset(16)] public uint Links;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(64)] public long AccessedSeconds;
    [FieldOffset(72)] public uint AccessedNanoseconds;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;
}
