using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Running;

/// <summary>
/// What a guest refers to by numbers: requests, responses, bodies, stores, all in one table, so that a handle of one kind is
/// never taken for another. Numbers are not used twice; 0 is nothing's, since some libraries take it for none.
/// </summary>
internal sealed class HandleTable(int maximum)
{
    /// <summary>The number that libraries take for no handle.</summary>
    public const uint Invalid = uint.MaxValue - 1;

    /// <summary>How many handles may be waited for at once.</summary>
    public const int MaximumSelected = 4096;

    // A table of numbers that were closed costs eight bytes each; the bound is for guests that do nothing else.
    private const int MaximumNumbers = 1 << 22;
    private readonly List<object?> items = [null];
    private int live;

    public uint Add(object item)
    {
        if (live >= maximum || items.Count >= MaximumNumbers) throw new StatusException(FastlyStatus.LimitExceeded);
        live++;
        items.Add(item);
        return (uint)items.Count - 1;
    }

    /// <summary>Fails now when so many more handles would be too many, before anything is done that could not be undone.</summary>
    public void RequireRoom(int count)
    {
        if (live + count > maximum || items.Count + count > MaximumNumbers) throw new StatusException(FastlyStatus.LimitExceeded);
    }

    public T? Find<T>(int handle) where T : class => (uint)handle < (uint)items.Count ? items[handle] as T : null;

    public T Get<T>(int handle) where T : class => Find<T>(handle) ?? throw new StatusException(FastlyStatus.BadHandle);

    /// <summary>Closes a handle, and gives what it stood for.</summary>
    public T Take<T>(int handle) where T : class
    {
        var item = Get<T>(handle);
        items[handle] = null;
        live--;
        return item;
    }

    /// <summary>Lets a handle stand for something else from now on.</summary>
    public void Replace(int handle, object item) => items[handle] = item;

    /// <summary>Frees everything that is still open.</summary>
    public void DisposeAll()
    {
        for (var i = 0; i < items.Count; i++)
        {
            (items[i] as IDisposable)?.Dispose();
            items[i] = null;
        }

        live = 0;
    }
}
