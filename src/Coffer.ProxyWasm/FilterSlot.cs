namespace Coffer.ProxyWasm;

/// <summary>
/// A place in a chain. The filter in it can be exchanged while streams pass: those that are under way stay with the one they
/// have, every later one gets the new. Thread-safe.
/// </summary>
public sealed class FilterSlot(Filter filter) : IAsyncDisposable
{
    private Filter current = filter;

    /// <summary>The filter that streams are given now.</summary>
    public Filter Current => Volatile.Read(ref current);

    /// <summary>Puts another filter in its place. When this returns no stream is given the old one any more.</summary>
    public async ValueTask SwapAsync(Filter next)
    {
        ArgumentNullException.ThrowIfNull(next);
        await Interlocked.Exchange(ref current, next).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the filter when its streams have ended.</summary>
    public ValueTask DisposeAsync() => Current.DisposeAsync();

    /// <summary>A VM for a stream, which whoever calls holds, and the filter that it is of; see <see cref="Filter.EnterAsync"/>.</summary>
    internal async ValueTask<(Filter Filter, Vm.FilterVm? Vm)> EnterAsync()
    {
        while (true)
        {
            var filter = Current;
            var vm = await filter.EnterAsync().ConfigureAwait(false);
            // Whoever looked at the slot just before it was exchanged looks again.
            if (vm is not null || ReferenceEquals(filter, Current)) return (filter, vm);
        }
    }
}
