namespace Coffer.Edge.Ambient;

/// <summary>What this process uses of the machine. Immutable.</summary>
/// <param name="ResidentBytes">Its memory.</param>
/// <param name="HeapBytes">What of it is the managed heap.</param>
/// <param name="ProcessorSeconds">The processor time that it has used.</param>
/// <param name="Threads">Its threads.</param>
internal sealed record ProcessUse(long ResidentBytes, long HeapBytes, double ProcessorSeconds, int Threads)
{
    /// <summary>As it is now.</summary>
    public static ProcessUse Now()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new ProcessUse(process.WorkingSet64, GC.GetTotalMemory(false), process.TotalProcessorTime.TotalSeconds, process.Threads.Count);
    }
}
