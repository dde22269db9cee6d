using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>Address space from Windows: reserved, then committed piece by piece.</summary>
internal static partial class WindowsMemory
{
    private const uint MemoryCommit = 0x1000;
    private const uint MemoryReserve = 0x2000;
    private const uint MemoryRelease = 0x8000;
    private const uint PageNoAccess = 0x01;
    private const uint PageReadWrite = 0x04;

    public static nint TryReserve(ulong bytes) => VirtualAlloc(0, (nuint)bytes, MemoryReserve, PageNoAccess);

    public static bool TryMakeAccessible(nint address, ulong bytes) =>
        VirtualAlloc(address, (nuint)bytes, MemoryCommit, PageReadWrite) != 0;

    public static void Release(nint address) => _ = VirtualFree(address, 0, MemoryRelease);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(nint address, nuint size, uint type);
}
