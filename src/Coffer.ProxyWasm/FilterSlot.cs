namespace Coffer.ProxyWasm;

/// <summary>
/// A place in a chain. The filter in it can be exchanged while streams pass: those that are under way stay with the one they
/// have, every later one gets the new. Thread-safe.
/// </summary>
public sealed class FilterSlot(IFilter filter) : IAsyncDisposable
{
    private IFilter current = filter;

    /// <summary>The filter that streams are given now.</summary>
    public IFilter Current => Volatile.Read(ref current);

    /// <summary>
    /// Puts another filter of the same ABI in its place. When this returns no stream is given the old one any more.
    /// </summary>
    /// <exception cref="ArgumentException">It is of the other ABI.</exception>
    public async ValueTask SwapAsync(IFilter next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.GetType() != Current.GetType()) throw new ArgumentException("A filter is exchanged for one of the same ABI.", nameof(next));
        await Interlocked.Exchange(ref current, next).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the filter when its streams have ended.</summary>
    public ValueTask DisposeAsync() => Current.DisposeAsync();

    /// <summary>A VM for a stream, which whoever calls holds, and the filter; see <see cref="Filter.EnterAsync"/>.</summary>
    internal async ValueTask<(Filter Filter, Vm.FilterRoot? Root)> EnterAsync()
    {
        while (true)
        {
            var filter = (Filter)Current;
            var root = await filter.EnterAsync().ConfigureAwait(false);
            // Whoever looked at the slot just before it was exchanged looks again.
            if (root is not null || ReferenceEquals(filter, Current)) return (filter, root);
        }
    }
}
