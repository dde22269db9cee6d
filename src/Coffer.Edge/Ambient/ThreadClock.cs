using System.Runtime.InteropServices;

namespace Coffer.Edge.Ambient;

/// <summary>The processor time of threads, on Linux.</summary>
internal static partial class ThreadClock
{
    // A clock of one thread by its number, as the kernel builds them (CPUCLOCK_SCHED | CPUCLOCK_PERTHREAD_MASK).
    private const int OwnThread = 3, PerThread = 6;

    [ThreadStatic]
    private static long t_clock;

    /// <summary>The processor time of this thread, and its clock, which other threads may read; 0 and -1 where there is none.</summary>
    public static TimeSpan Now(out long clock)
    {
        clock = -1;
        if (!OperatingSystem.IsLinux()) return TimeSpan.Zero;
        clock = t_clock != 0 ? t_clock : t_clock = (uint)(~GetThreadId() << 3 | PerThread);
        return GetTime(OwnThread, out var time) == 0 ? time.ToTimeSpan() : TimeSpan.Zero;
    }

    /// <summary>The processor time of a thread; null when it has ended.</summary>
    public static TimeSpan? Of(long clock) => GetTime((int)clock, out var time) == 0 ? time.ToTimeSpan() : null;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpecification
    {
        private readonly nint seconds, nanoseconds;

        public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(seconds * TimeSpan.TicksPerSecond + nanoseconds / 100);
    }
}
