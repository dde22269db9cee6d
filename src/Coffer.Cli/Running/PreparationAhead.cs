using System.Runtime;

namespace Coffer.Cli.Running;

/// <summary>
/// Makes machine code on another processor ahead of the guest, which makes what is missing itself: what its first functions
/// call, what those call, and what is called through tables. Ends when it is disposed of, but for the function that is being
/// compiled, or when the guest needs no new code.
/// </summary>
internal sealed class PreparationAhead : IDisposable
{
    // So long without a function that somebody else had compiled: the guest works with those it has. The runtime optimizes
    // functions when there are no new ones for a while, for which this must not be the reason.
    private const long Patience = 50;

    private volatile bool isOver;
    private long known, changed;

    private PreparationAhead(Module module, IReadOnlyList<int> first)
    {
        // The process does not wait for it: one function may take the compiler longer than the guest runs.
        new Thread(() => Run(module, first)) { Name = "ahead", IsBackground = true }.Start();
    }

    /// <summary>Starts it; null where the guest would have to share its processor, or the code is there already.</summary>
    public static PreparationAhead? Start(Module module, IReadOnlyList<int> first) =>
        module.IsNative || Environment.ProcessorCount < 2 ? null : new PreparationAhead(module, first);

    /// <summary>Has it end soon.</summary>
    public void Dispose() => isOver = true;

    private void Run(Module module, IReadOnlyList<int> first)
    {
        changed = Environment.TickCount64;
        module.PrepareAhead(first, GoesOn);
    }

    private bool GoesOn()
    {
        if (isOver) return false;
        var now = Environment.TickCount64;
        var others = JitInfo.GetCompiledMethodCount(currentThread: false) - JitInfo.GetCompiledMethodCount(currentThread: true);
        if (others != known) (known, changed) = (others, now);
        return now - changed < Patience;
    }
}
