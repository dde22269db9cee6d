namespace Coffer.Runtime;

/// <summary>
/// Looks at the cells of native images now and then, for as long as a program takes to have called most of what it will call. One
/// thread does that for all images, and ends when nothing is left to look at. The platform's timers are more to load when a program
/// starts.
/// </summary>
internal sealed class CallBinding
{
    // Functions that are first called late are found by the last looks, a minute later.
    private const int Looks = 11;

    // Later than most short programs end, which would only wait for it.
    private const long FirstLook = 50;

    private const int StackBytes = 256 << 10;

    private static readonly List<CallBinding> Waiting = [];
    private static bool isRunning;

    private readonly Func<NativeCallCells?> find;
    private long due = Environment.TickCount64 + FirstLook;
    private int looks;

    private CallBinding(Func<NativeCallCells?> find) => this.find = find;

    /// <summary>Begins with an image.</summary>
    /// <param name="find">Finds the cells, at the first look; null when there are none.</param>
    public static void Begin(Func<NativeCallCells?> find)
    {
        lock (Waiting)
        {
            Waiting.Add(new CallBinding(find));
            if (isRunning)
            {
                Monitor.Pulse(Waiting);
                return;
            }

            isRunning = true;
        }

        new Thread(Run, StackBytes) { IsBackground = true, Name = "call binding" }.UnsafeStart();
    }

    private static void Run()
    {
        while (TakeNext() is { } next)
        {
            if (next.Look()) Put(next);
        }
    }

    // The one whose time has come; null when there is none any more, and this thread is to end.
    private static CallBinding? TakeNext()
    {
        lock (Waiting)
        {
            while (First() is { } first)
            {
                var time = first.due - Environment.TickCount64;
                if (time <= 0)
                {
                    Waiting.Remove(first);
                    return first;
                }

                Monitor.Wait(Waiting, (int)time);
            }

            isRunning = false;
            return null;
        }
    }

    private static CallBinding? First()
    {
        CallBinding? first = null;
        foreach (var one in Waiting)
        {
            if (first is null || one.due < first.due) first = one;
        }

        return first;
    }

    private static void Put(CallBinding binding)
    {
        lock (Waiting) Waiting.Add(binding);
    }

    // Whether there is to be another look: rarer each time.
    private bool Look()
    {
        if (find() is not { } cells || ++looks >= Looks) return false;
        cells.Bind();
        due = Environment.TickCount64 + (FirstLook << looks);
        return true;
    }
}
