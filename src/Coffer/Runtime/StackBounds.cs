using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>
/// Where the stack of the current thread ends. Guest functions compare the address of a local with a limit derived from
/// it, because an overflow of the host's stack ends the process.
/// </summary>
internal static unsafe partial class StackBounds
{
    /// <summary>Room below the deepest guest frame for host functions, the compiler and exceptions.</summary>
    internal const nuint DefaultReserveBytes = 256 << 10;

    /// <summary>
    /// The same where code may not be optimized yet: functions look at the stack when their frame is there already, and one
    /// without a stub has a frame of less than the difference.
    /// </summary>
    internal const nuint TieredReserveBytes = DefaultReserveBytes + (192 << 10);

    // A larger stack is one without a limit (ulimit -s unlimited): a recursion without end would use all memory of the
    // machine before it reached the end of that.
    private const nuint LargestPlausibleBytes = 1 << 30;
    private const nuint UnlimitedBytes = 64 << 20;

    // More than pthread_attr_t needs on any C library (56 bytes on glibc x86-64, 64 on AArch64).
    private const int AttributeBytes = 256;

    [ThreadStatic]
    private static nuint t_lowest;

    /// <summary>The lowest address of the current thread's stack that can be used at all.</summary>
    public static nuint Lowest => t_lowest != 0 ? t_lowest : t_lowest = Find();

    /// <summary>
    /// The lowest address that a guest frame may use on the current thread. On a stack smaller than the reserve it is
    /// above every frame, so that the first call is refused.
    /// </summary>
    public static nuint Limit(nuint reserveBytes = DefaultReserveBytes)
    {
        var limit = Lowest + reserveBytes;
        return limit < reserveBytes ? nuint.MaxValue : limit;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nuint Find()
    {
        byte local;
        var here = (nuint)(&local);
        nuint lowest;
        try
        {
            lowest = OperatingSystem.IsWindows() ? FindWindows()
                : OperatingSystem.IsMacOS() ? FindMacOS()
                : FindLinux();
        }
        catch (EntryPointNotFoundException)
        {
            lowest = 0;
        }
        // When the system does not tell, or tells what cannot be, rely on no more than any thread has left here.
        const nuint leastRemaining = 64 << 10;
        if (lowest == 0 || lowest >= here)
            return here - leastRemaining;
        return here - lowest > LargestPlausibleBytes ? here - UnlimitedBytes : lowest;
    }

    private static nuint FindWindows()
    {
        GetCurrentThreadStackLimits(out var low, out _);
        return low;
    }

    private static nuint FindMacOS()
    {
        var self = ThreadSelf();
        // The address that macOS reports is the highest.
        return (nuint)ThreadGetStackAddress(self) - ThreadGetStackSize(self);
    }

    /// <summary>
    /// For the main thread glibc computes the size from RLIMIT_STACK and the mapping below; musl reports what is mapped
    /// so far, which is less than could be had but safe. In older glibc the guard pages of a thread count as stack.
    /// </summary>
    private static nuint FindLinux()
    {
        var attributes = stackalloc byte[AttributeBytes];
        if (ThreadGetAttributes(ThreadSelf(), attributes) != 0)
            return 0;
        var known = ThreadAttributesGetStack(attributes, out var lowest, out var size) == 0;
        known &= ThreadAttributesGetGuard(attributes, out var guard) == 0;
        _ = ThreadAttributesDestroy(attributes);
        return known && size > guard ? lowest + guard : 0;
    }

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nint ThreadSelf();

    [LibraryImport("libc", EntryPoint = "pthread_getattr_np")]
    private static partial int ThreadGetAttributes(nint thread, byte* attributes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_getstack")]
    private static partial int ThreadAttributesGetStack(byte* attributes, out nuint address, out nuint size);

    [LibraryImport("libc", EntryPoint = "pthread_attr_getguardsize")]
    private static partial int ThreadAttributesGetGuard(byte* attributes, out nuint size);

    [LibraryImport("libc", EntryPoint = "pthread_attr_destroy")]
    private static partial int ThreadAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "pthread_get_stackaddr_np")]
    private static partial nint ThreadGetStackAddress(nint thread);

    [LibraryImport("libc", EntryPoint = "pthread_get_stacksize_np")]
    private static partial nuint ThreadGetStackSize(nint thread);

    [LibraryImport("kernel32")]
    private static partial void GetCurrentThreadStackLimits(out nuint low, out nuint high);
}
