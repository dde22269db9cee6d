namespace Coffer.Runtime;

/// <summary>
/// The fuel of a store. An object of its own, because native code knows where the fields of so simple a class are, and not
/// those of the store, which holds values whose size is not Coffer's.
/// </summary>
internal sealed class FuelTank(long amount)
{
    // So that what many owe together is a number.
    private const long MostOwed = 1L << 48;

    /// <summary>What is left; negative while the guest owes something.</summary>
    public long Left = amount;

    /// <summary>
    /// What the threads of the sandbox have together, from which each pays what it owes; null as long as there is one, which then
    /// has all of it.
    /// </summary>
    public FuelPool? Pool;

    /// <summary>A tank for a further thread, which shares what is left with this one.</summary>
    public FuelTank Share()
    {
        // Only the first thread can be without a pool, and it is the one that is here.
        if (Pool is null)
        {
            Pool = new FuelPool(Math.Max(Left, 0));
            Left = 0;
        }

        return new FuelTank(0) { Pool = Pool };
    }

    /// <summary>The fuel of all threads, not negative.</summary>
    public long Total
    {
        get => Math.Max(Left + (Pool is null ? 0 : Volatile.Read(ref Pool.Left)), 0);
        set
        {
            if (Pool is not null) Volatile.Write(ref Pool.Left, 0);
            Left = value;
        }
    }

    /// <summary>Takes fuel for what the host did; false when there is not enough.</summary>
    public bool TryConsume(long consumed)
    {
        Left = Math.Max(Left - Math.Min(consumed, long.MaxValue - MostOwed), -MostOwed);
        if (Left >= 0) return true;
        if (Pool is null || Interlocked.Add(ref Pool.Left, Left) < 0) return false;
        Left = 0;
        return true;
    }

    /// <summary>Empties the tanks of all threads: one has owed more than there was.</summary>
    public void EndAll()
    {
        if (Pool is not null) Volatile.Write(ref Pool.Left, 0);
    }

    /// <summary>Returns what a thread that has ended did not use, or owes.</summary>
    public void Return()
    {
        if (Pool is not null) Interlocked.Add(ref Pool.Left, Math.Max(Left, -MostOwed));
    }
}

/// <summary>The fuel that threads share.</summary>
internal sealed class FuelPool(long amount)
{
    /// <summary>What is left; negative once a thread owed more than there was.</summary>
    public long Left = amount;
}
