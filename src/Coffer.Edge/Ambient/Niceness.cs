using System.Runtime.InteropServices;

namespace Coffer.Edge.Ambient;

/// <summary>
/// How much threads give way to others, on Linux, where each has a nice value of its own. Any process may raise those of its threads;
/// to take that back it needs a limit of nice values that allows its own (RLIMIT_NICE), or CAP_SYS_NICE. Where it could not, none
/// gives way: what such a thread starts is like it, threads of the pool as well.
/// </summary>
internal static partial class Niceness
{
    // A tenth of the share of others: who computes for long among many short requests gets on all the same, and a thread that
    // holds what others wait for is not kept from running (SCHED_IDLE was tried).
    private const int Raised = 10, Most = 19;

    private const int OfThread = 0;
    private static readonly int s_ordinary = OperatingSystem.IsLinux() ? Get(OfThread, 0) : 0;

    [ThreadStatic]
    private static int t_thread;

    /// <summary>Whether threads can give way, and come back.</summary>
    public static bool IsThere { get; } = OperatingSystem.IsLinux() && s_ordinary < Most && Try(s_ordinary);

    /// <summary>
    /// This thread as the system numbers it; 0 where threads cannot give way. One that inherited it from the thread that started it
    /// is as others from here on.
    /// </summary>
    public static int ThisThread()
    {
        if (!IsThere || t_thread != 0) return t_thread;
        if (Get(OfThread, 0) != s_ordinary) TakeBack();
        return t_thread = GetThreadId();
    }

    /// <summary>How nice this thread is, beyond what the process is.</summary>
    public static int OfThisThread => IsThere ? Get(OfThread, 0) - s_ordinary : 0;

    /// <summary>Lets a thread of this process give way.</summary>
    /// <param name="thread">As <see cref="ThisThread"/> told it.</param>
    /// <returns>Whether it does; nothing has changed where the system refuses it.</returns>
    public static bool TryGiveWay(int thread) => thread != 0 && IsThere && Set(OfThread, thread, Math.Min(s_ordinary + Raised, Most)) == 0;

    /// <summary>Lets this thread run as others do.</summary>
    public static void TakeBack()
    {
        if (IsThere) _ = Set(OfThread, 0, s_ordinary);
    }

    // On a thread that ends: it may not come back. No field may be read there, since they are being initialized.
    private static bool Try(int ordinary)
    {
        var worked = false;
        var thread = new Thread(() => worked = Set(OfThread, 0, ordinary + 1) == 0 && Set(OfThread, 0, ordinary) == 0);
        thread.Start();
        thread.Join();
        return worked;
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int Get(int kind, int thread);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int Set(int kind, int thread, int nice);
}
