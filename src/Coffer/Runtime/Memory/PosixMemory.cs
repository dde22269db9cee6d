using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>Address space from a POSIX system: reserved without access, then made accessible piece by piece.</summary>
internal static partial class PosixMemory
{
    private const int ProtectNone = 0;
    private const int ProtectRead = 1;
    private const int ProtectReadWrite = 1 | 2;
    private const int ProtectReadExecute = 1 | 4;
    private const int MapShared = 1;
    private const int MapPrivate = 2;
    private const int MapNoReserve = 0x4000;
    private const int MapFixed = 0x10;
    private const int AdviseDontNeed = 4;
    private const int AdviseHugePage = 14;
    private const int LimitAddressSpace = 9;
    private static readonly nint Failed = -1;

    // Not counted against the commit limit where the system has one and allows that (vm.overcommit_memory 0 or 1).
    private static readonly int MapAnonymousNoReserve = OperatingSystem.IsLinux() ? 0x20 | 0x4000 : 0x1000 | 0x40;

    /// <summary>Whether the process was given less address space than the processor has (ulimit -v).</summary>
    public static bool IsAddressSpaceLimited { get; } = OperatingSystem.IsLinux()
        && GetLimit(LimitAddressSpace, out var limit) == 0 && limit.Current != nuint.MaxValue;

    public static nint TryReserve(ulong bytes)
    {
        var address = MemoryMap(0, (nuint)bytes, ProtectNone, MapPrivate | MapAnonymousNoReserve, -1, 0);
        return address == Failed ? 0 : address;
    }

    public static bool TryMakeAccessible(nint address, ulong bytes) =>
        MemoryProtect(address, (nuint)bytes, ProtectReadWrite) == 0;

    public static bool TryMakeInaccessible(nint address, ulong bytes) =>
        MemoryProtect(address, (nuint)bytes, ProtectNone) == 0;

    public static bool TryMakeExecutable(nint address, ulong bytes) =>
        MemoryProtect(address, (nuint)bytes, ProtectReadExecute) == 0;

    /// <summary>
    /// Gives pages back, so that the content is again what was mapped; access stays as it is. Linux only: elsewhere
    /// MADV_DONTNEED is a hint that may leave the content.
    /// </summary>
    public static bool TryForget(nint address, ulong bytes) => MemoryAdvise(address, (nuint)bytes, AdviseDontNeed) == 0;

    /// <summary>Would have large pages in a range, on Linux; whether there are any is the system's to decide.</summary>
    public static void WishForLargePages(nint address, ulong bytes) => _ = MemoryAdvise(address, (nuint)bytes, AdviseHugePage);

    /// <summary>
    /// Replaces what is mapped by zeros. When it fails there may be nothing at the address any more, and the region must
    /// not be used again.
    /// </summary>
    public static bool TryMapZeros(nint address, ulong bytes) =>
        MemoryMap(address, (nuint)bytes, ProtectReadWrite, MapPrivate | MapFixed | MapAnonymousNoReserve, -1, 0) == address;

    /// <summary>
    /// Replaces what is mapped by a file, whose pages are copied when they are written. Linux only. When it fails there may
    /// be nothing at the address any more.
    /// </summary>
    public static bool TryMapPrivate(nint address, ulong bytes, int file) =>
        MemoryMap(address, (nuint)bytes, ProtectReadWrite, MapPrivate | MapFixed | MapNoReserve, file, 0) == address;

    /// <summary>A file to read; 0 when refused.</summary>
    public static nint TryMapReadOnly(ulong bytes, int file) => TryMapFile(bytes, file, ProtectRead);

    /// <summary>A file to write; 0 when refused.</summary>
    public static nint TryMapShared(ulong bytes, int file) => TryMapFile(bytes, file, ProtectReadWrite);

    private static nint TryMapFile(ulong bytes, int file, int protection)
    {
        var address = MemoryMap(0, (nuint)bytes, protection, MapShared, file, 0);
        return address == Failed ? 0 : address;
    }

    public static void Release(nint address, ulong bytes) => _ = MemoryUnmap(address, (nuint)bytes);

    private readonly record struct ResourceLimit(nuint Current, nuint Maximum);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MemoryMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int MemoryProtect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MemoryAdvise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MemoryUnmap(nint address, nuint length);

    /// <summary>Closes a file.</summary>
    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);
}
