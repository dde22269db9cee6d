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
        get => Math.Max(Left + (Pool?.Change(all => all) ?? 0), 0);
        set
        {
            EndAll();
            Left = value;
        }
    }

    /// <summary>Takes fuel for what the host did; false when there is not enough.</summary>
    public bool TryConsume(long consumed)
    {
        Left = Math.Max(Left - Math.Min(consumed, long.MaxValue - MostOwed), -MostOwed);
        if (Left >= 0) return true;
        if (Pool is null) return false;
        var owed = -Left;
        Pool.Change(all =>
        {
            if (all < owed) return all;
            owed = 0;
            return all + Left;
        });
        Left = -owed;
        return owed == 0;
    }

    /// <summary>Empties the tanks of all threads: one has owed more than there was.</summary>
    public void EndAll() => Pool?.Change(_ => 0);

    /// <summary>Returns what a thread that has ended did not use, or owes.</summary>
    public void Return() => Pool?.Change(all => Math.Max(all + Left, 0));
}

/// <summary>
/// The fuel that threads share. Whoever wants to change it takes all and puts back the rest: an exchange is the one atomic
/// operation that costs compiled code no particular register.
/// </summary>
internal sealed class FuelPool(long amount)
{
    /// <summary>What <see cref="Left"/> is while somebody changes it.</summary>
    public const long Taken = long.MinValue;

    /// <summary>What is left, not negative, or <see cref="Taken"/>.</summary>
    public long Left = amount;

    /// <summary>Replaces what is left, waiting for others to put it back; returns what it is now.</summary>
    public long Change(Func<long, long> change)
    {
        long all;
        var wait = default(SpinWait);
        while ((all = Interlocked.Exchange(ref Left, Taken)) == Taken) wait.SpinOnce();
        all = change(all);
        Volatile.Write(ref Left, all);
        return all;
    }
}
