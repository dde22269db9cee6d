using System.Runtime.InteropServices;

namespace Coffer.Edge.Ambient;

/// <summary>
/// Makes Linux decide more often which thread runs. While a thread computes, the kernel takes its processor away when another
/// wakes, but for one that waits already it looks at its ticks only, which are up to 4 ms apart: as long the rest of a short request
/// would wait. So while guests compute for long a thread on each processor wakes every half millisecond, and does nothing. Thread-safe.
/// </summary>
internal sealed partial class ProcessorPace : IDisposable
{
    private const int ProcessorBits = 64, MostProcessors = 1024;

    // Between two guests of one app that floods the server it goes on.
    private static readonly TimeSpan Lasting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpec s_interval = new(0, 500_000);

    private readonly ManualResetEventSlim wanted = new();
    private readonly List<Thread> threads = [];
    private long until;
    private bool isStarted;
    private volatile bool isOver;

    /// <summary>Whether threads wake now.</summary>
    public bool IsRunning => wanted.IsSet;

    /// <summary>Keeps the pace for a while. Called by one thread again and again while it is needed.</summary>
    public void Keep()
    {
        if (!isStarted) Start();
        if (threads.Count == 0) return;
        Volatile.Write(ref until, Environment.TickCount64 + (long)Lasting.TotalMilliseconds);
        wanted.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        isOver = true;
        wanted.Set();
        foreach (var thread in threads) thread.Join();
        wanted.Dispose();
    }

    private void Start()
    {
        isStarted = true;
        if (!OperatingSystem.IsLinux()) return;
        var processors = Processors();
        // With a quota the threads of all processors would take from what is allowed for a few of them.
        if (processors.Count > Environment.ProcessorCount) return;
        foreach (var processor in processors)
        {
            var thread = new Thread(() => Pace(processor), 128 << 10) { IsBackground = true, Name = "edge pace" };
            threads.Add(thread);
            thread.Start();
        }
    }

    private void Pace(int processor)
    {
        if (!TryStayOn(processor)) return;
        _ = TryTakeShortSlices();
        while (!isOver)
        {
            while (!isOver && Environment.TickCount64 < Volatile.Read(ref until)) _ = Sleep(s_interval, 0);
            wanted.Reset();
            // Who asked for it in between is not to be missed.
            if (isOver || Environment.TickCount64 < Volatile.Read(ref until)) wanted.Set();
            wanted.Wait();
        }
    }

    private static unsafe List<int> Processors()
    {
        var mask = stackalloc ulong[MostProcessors / ProcessorBits];
        var bytes = GetAffinity(0, MostProcessors / 8, mask);
        var found = new List<int>();
        for (var i = 0; bytes == 0 && i < MostProcessors; i++)
            if ((mask[i / ProcessorBits] >> i % ProcessorBits & 1) != 0)
                found.Add(i);
        return found;
    }

    private static unsafe bool TryStayOn(int processor)
    {
        var mask = stackalloc ulong[MostProcessors / ProcessorBits];
        new Span<ulong>(mask, MostProcessors / ProcessorBits).Clear();
        mask[processor / ProcessorBits] = 1ul << processor % ProcessorBits;
        return SetAffinity(0, MostProcessors / 8, mask) == 0;
    }

    // Since Linux 6.12 a thread that says how short its turns are is not kept waiting for the end of another's.
    private static bool TryTakeShortSlices()
    {
        var call = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 314, Architecture.Arm64 => 274, _ => 0 };
        var attributes = new Attributes { Size = 48, Slice = 100_000 };
        return call != 0 && SetAttributes(call, 0, attributes, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in TimeSpec time, nint remaining);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static unsafe partial int GetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static unsafe partial int SetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SetAttributes(long call, long thread, in Attributes attributes, long flags);

    private readonly struct TimeSpec(nint seconds, nint nanoseconds)
    {
        private readonly nint seconds = seconds, nanoseconds = nanoseconds;
    }

    // The kernel's sched_attr in its first version; policy 0 is the ordinary one.
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Slice, Deadline, Period;
    }
}
