namespace Coffer.Runtime;

/// <summary>The fuel of a sandbox of several threads, from which each draws portions.</summary>
internal sealed class FuelPool(long amount)
{
    private long left = amount;

    public long Left => Volatile.Read(ref left);

    /// <summary>Takes as much as there is, at most what is wanted.</summary>
    public long Take(long wanted)
    {
        while (true)
        {
            var before = Volatile.Read(ref left);
            var taken = Math.Min(before, wanted);
            if (Interlocked.CompareExchange(ref left, before - taken, before) == before) return taken;
        }
    }

    /// <summary>Gives back what a thread that has ended did not use.</summary>
    public void Return(long unused) => Interlocked.Add(ref left, unused);
}
