using Coffer.Embedding;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>A table of a store (specification, section 4.2.7). As single-threaded as its store.</summary>
public sealed class Table
{
    /// <summary>The elements; longer than <see cref="Length"/> so that growing is amortized.</summary>
    internal object?[] Elements;

    /// <summary>How many elements there are.</summary>
    internal int Length;

    // Functions that were not asked for yet, as index plus one, and the instance whose they are; null when all are there.
    private int[]? pending;
    private GuestInstance? filler;

    internal Table(Store store, TableType type, object? initial)
    {
        Store = store;
        Type = type;
        store.ChargeTable(type.Limits.Minimum);
        Length = checked((int)type.Limits.Minimum);
        Elements = new object?[Length];
        if (initial is not null) Array.Fill(Elements, initial);
    }

    /// <summary>A new table whose elements are <paramref name="initial"/>.</summary>
    /// <exception cref="ArgumentException">The value does not have the element type, or belongs to another store.</exception>
    /// <exception cref="ExhaustionException">A limit of the store forbids the size.</exception>
    public Table(Store store, TableType type, Value initial) : this(store, type, Checked(store, type, initial))
    {
    }

    private static object? Checked(Store store, TableType type, Value initial)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(type);
        return ValueChecks.RequireReference(initial, type.Element, store, "the table's initial element");
    }

    /// <summary>The store it belongs to.</summary>
    public Store Store { get; }

    /// <summary>The type it was declared with.</summary>
    public TableType Type { get; }

    /// <summary>The number of elements.</summary>
    public int Count => Length;

    /// <summary>An element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is beyond the end.</exception>
    /// <exception cref="ArgumentException">The value does not have the element type, or belongs to another store.</exception>
    public Value this[int index]
    {
        get => (uint)index < (uint)Length ? Value.Reference(Get(index)) : throw new ArgumentOutOfRangeException(nameof(index));
        set
        {
            if ((uint)index >= (uint)Length) throw new ArgumentOutOfRangeException(nameof(index));
            FillNow();
            Elements[index] = ValueChecks.RequireReference(value, Type.Element, Store, "the element");
        }
    }

    /// <summary>Grows the table.</summary>
    /// <returns>The old size, or -1 when the type's maximum or a limit of the store forbids it.</returns>
    /// <exception cref="ArgumentException">The value does not have the element type, or belongs to another store.</exception>
    public long Grow(long delta, Value initial)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(delta);
        return Grow((ulong)delta, ValueChecks.RequireReference(initial, Type.Element, Store, "the new elements"));
    }

    /// <summary>
    /// Puts functions of an instance into the table, which is all null. Each is made when it is read: most never are, and
    /// a table may have thousands.
    /// </summary>
    internal void FillWhenRead(GuestInstance instance, int[] functions)
    {
        filler = instance;
        pending = functions;
    }

    /// <summary>The element at an index that is in bounds.</summary>
    internal object? Get(int index) => Elements[index] ?? (pending is null ? null : GetPending(index));

    private FuncRef? GetPending(int index)
    {
        if (index >= pending!.Length || pending[index] == 0) return null;
        var function = GuestInstance.Function(filler!, pending[index] - 1);
        Elements[index] = function;
        return function;
    }

    /// <summary>Whether the elements are the functions of an instance, given as index plus one, and else null.</summary>
    internal bool IsAsFilled(GuestInstance instance, int[] functions)
    {
        for (var i = 0; i < Length; i++)
        {
            var expected = i < functions.Length && functions[i] > 0 ? GuestInstance.Function(instance, functions[i] - 1) : null;
            if (!ReferenceEquals(Get(i), expected)) return false;
        }

        return true;
    }

    /// <summary>Makes all functions: from now on null is an element like any other. To be called before elements change.</summary>
    internal void FillNow()
    {
        if (pending is null) return;
        for (var i = 0; i < pending.Length; i++) _ = Get(i);
        pending = null;
        filler = null;
    }

    internal long Grow(ulong delta, object? initial)
    {
        var old = Length;
        var maximum = Math.Min(Type.Limits.Maximum ?? ulong.MaxValue, (ulong)Array.MaxLength);
        if (delta > maximum || (ulong)old + delta > maximum || !Store.TryChargeTable(delta)) return -1;
        FillNow();
        var length = old + (int)delta;
        if (length > Elements.Length)
        {
            // By half at least, so that a guest that grows it step by step does not have all elements copied each time; but not
            // beyond what the table and the store could ever hold.
            var room = Math.Min(maximum - (ulong)length, Store.TableElementsLeft);
            var spare = (ulong)(old <= 65536 ? old : old / 2);
            var capacity = Math.Max(length, (int)Math.Min((ulong)old + spare, (ulong)length + room));
            Array.Resize(ref Elements, capacity);
        }

        Array.Fill(Elements, initial, old, (int)delta);
        Length = length;
        return old;
    }
}
