using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Coffer.Binary;

/// <summary>
/// What one section declares, while it is read. The platform's own lists have dozens of interfaces each, which the runtime
/// loads for every type of item before the first is read.
/// </summary>
internal sealed class DeclarationList<T>
{
    private const int Smallest = 4;

    private T[] items = new T[Smallest];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public T this[int index]
    {
        get => items.AsSpan(0, Count)[index];
        set => items.AsSpan(0, Count)[index] = value;
    }

    /// <summary>Makes room for more.</summary>
    public void Reserve(int more)
    {
        if (items.Length - Count < more) Array.Resize(ref items, Count + more);
    }

    /// <summary>Adds one.</summary>
    public void Add(T item)
    {
        if (Count == items.Length) Array.Resize(ref items, 2 * Count);
        items[Count++] = item;
    }

    /// <summary>All of them, as they are now.</summary>
    public ImmutableArray<T> ToImmutable()
    {
        var all = items;
        Array.Resize(ref all, Count);

        // A list that is full is the array itself, and is not written any more: the sections are read by then.
        return ImmutableCollectionsMarshal.AsImmutableArray(all);
    }
}
