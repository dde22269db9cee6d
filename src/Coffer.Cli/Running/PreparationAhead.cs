namespace Coffer.Cli.Running;

/// <summary>
/// Makes machine code on another processor ahead of the guest, which makes what is missing itself: what its first functions
/// call, and what those call. Ends when it is disposed of, but for the function that is being compiled.
/// </summary>
internal sealed class PreparationAhead : IDisposable
{
    // What functions call is a guess at what will run, and a worse one the further it is from the first ones.
    private const int MostFunctions = 1_000;

    private readonly CancellationTokenSource end = new();

    private PreparationAhead(Module module, IReadOnlyList<int> first)
    {
        var token = end.Token;

        // The process does not wait for it: one function may take the compiler longer than the guest runs.
        new Thread(() => module.PrepareAhead(first, MostFunctions, token)) { Name = "ahead", IsBackground = true }.Start();
    }

    /// <summary>Starts it; null where the guest would have to share its processor, or the code is there already.</summary>
    public static PreparationAhead? Start(Module module, IReadOnlyList<int> first) =>
        module.IsNative || Environment.ProcessorCount < 2 ? null : new PreparationAhead(module, first);

    /// <summary>Has it end soon.</summary>
    public void Dispose() => end.Cancel();
}
