using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>
/// Puts Coffer's SIGSEGV action in front of the runtime's. The runtime turns a fault of managed code near address zero
/// into a <see cref="NullReferenceException"/> and ends the process for any other; Coffer's action tells it "zero" for
/// faults inside the arena and leaves all others alone.
/// </summary>
/// <remarks>
/// SIGBUS is left alone: for private anonymous memory Linux sends it only when hardware fails.
/// </remarks>
internal static unsafe partial class FaultHandler
{
    private const int SignalSegmentationViolation = 11;

    // struct sigaction of glibc and musl, on x86-64 and AArch64: handler 8, mask 128, flags 4 (+4), restorer 8 bytes.
    private const int ActionBytes = 152;
    private const int FlagsOffset = 136;
    private const int FlagSignalInfo = 4;

    /// <summary>Whether such an action can exist on this system at all; installing it may still be refused.</summary>
    public static bool IsPlatformSupported => OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>
    /// Installs the action for one range of addresses, for the rest of the process's life. Returns null when it is in
    /// force, else why it is not.
    /// </summary>
    public static string? TryInstall(nint start, ulong length)
    {
        if (!IsPlatformSupported)
            return "guarded memory needs Linux on x86-64 or AArch64";
        var action = stackalloc byte[ActionBytes];
        if (SignalAction(SignalSegmentationViolation, null, action) != 0)
            return $"the SIGSEGV action cannot be read ({MemoryRegion.LastSystemError})";
        // 0 is SIG_DFL and 1 SIG_IGN: then there is no runtime behind us that would turn the fault into an exception.
        var next = *(ulong*)action;
        if (next <= 1 || (*(int*)(action + FlagsOffset) & FlagSignalInfo) == 0)
            return "the runtime has installed no SIGSEGV action to build on";

        var code = FaultHandlerCode.TryAssemble((ulong)start, length, next);
        if (code is null)
            return "there is no fault handler for this architecture";
        var page = TryWriteCode(code);
        if (page == 0)
            return $"the system allows no executable page ({MemoryRegion.LastSystemError})";

        // Flags (alternate stack, restart), mask and restorer stay those of the runtime, which its action relies on.
        *(nint*)action = page;
        if (SignalAction(SignalSegmentationViolation, action, null) == 0)
            return null;
        var reason = $"the SIGSEGV action cannot be set ({MemoryRegion.LastSystemError})";
        PosixMemory.Release(page, MemoryRegion.PageBytes);
        return reason;
    }

    /// <summary>
    /// A page that was written first and then made executable, never both at once. Making a page executable also brings
    /// the instruction cache up to date: Linux does it when it maps the page.
    /// </summary>
    internal static nint TryWriteCode(byte[] code)
    {
        var bytes = MemoryRegion.PageBytes;
        var page = PosixMemory.TryReserve(bytes);
        if (page == 0)
            return 0;
        if (PosixMemory.TryMakeAccessible(page, bytes))
        {
            code.CopyTo(new Span<byte>((void*)page, code.Length));
            if (PosixMemory.TryMakeExecutable(page, bytes))
                return page;
        }
        var error = Marshal.GetLastPInvokeError();
        PosixMemory.Release(page, bytes);
        Marshal.SetLastPInvokeError(error);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int SignalAction(int signal, byte* action, byte* previous);
}
