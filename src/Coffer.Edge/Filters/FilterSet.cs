using System.Security.Cryptography;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.ProxyWasm;

namespace Coffer.Edge.Filters;

/// <summary>
/// The filters of a server by their names. A new configuration is prepared beside the old one, with every filter started that
/// is new or has changed; only when all of it works takes it the place of the old.
/// </summary>
internal sealed class FilterSet(ServerFiles files, FilterModules modules, FilterHost host) : IAsyncDisposable
{
    private Dictionary<string, Entry> entries = [];

    /// <summary>The place of a filter.</summary>
    public FilterSlot this[string name] => entries[name].Slot;

    /// <summary>Whether there is a filter.</summary>
    public bool Has(string name) => entries.ContainsKey(name);

    /// <summary>The filters, for the state that is shown.</summary>
    public IEnumerable<(string Name, IFilter Filter, string Digest)> All =>
        entries.Select(pair => (pair.Key, pair.Value.Slot.Current, pair.Value.Digest));

    /// <summary>Starts what is new or has changed.</summary>
    /// <exception cref="ConfigurationException">A filter cannot be used; nothing has changed.</exception>
    /// <param name="filters">The filters by their names.</param>
    /// <param name="check">Looks at what there would be, by name, and throws where that cannot be used.</param>
    public async Task<Prepared> PrepareAsync(IReadOnlyDictionary<string, FilterConfiguration> filters, Action<Func<string, IFilter>>? check = null)
    {
        var prepared = new Prepared();
        try
        {
            foreach (var (name, filter) in filters) await PrepareAsync(prepared, name, filter).ConfigureAwait(false);
            check?.Invoke(name => prepared.Filters[name].Filter ?? entries[name].Slot.Current);
            return prepared;
        }
        catch
        {
            await prepared.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Puts what was prepared in place. When this returns no request is given a filter that was replaced.</summary>
    public async Task CommitAsync(Prepared prepared)
    {
        var next = new Dictionary<string, Entry>();
        foreach (var (name, (digest, filter)) in prepared.Filters)
        {
            if (filter is null) next[name] = entries[name];
            else if (entries.TryGetValue(name, out var entry))
            {
                await entry.Slot.SwapAsync(filter).ConfigureAwait(false);
                next[name] = entry with { Digest = digest };
            }
            else next[name] = new Entry(new FilterSlot(filter), digest);
        }

        var gone = entries.Where(pair => !next.ContainsKey(pair.Key)).Select(pair => pair.Value.Slot).ToList();
        entries = next;
        prepared.Filters.Clear();
        foreach (var slot in gone) removed.Add(slot);
    }

    // Requests that looked the chain up before it was exchanged may still ask for these.
    private readonly List<FilterSlot> removed = [];

    /// <summary>Ends filters that the last configuration has no more, once no request looks for them.</summary>
    public async Task DropRemovedAsync()
    {
        foreach (var slot in removed) await slot.DisposeAsync().ConfigureAwait(false);
        removed.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await DropRemovedAsync().ConfigureAwait(false);
        foreach (var entry in entries.Values) await entry.Slot.DisposeAsync().ConfigureAwait(false);
    }

    private async Task PrepareAsync(Prepared prepared, string name, FilterConfiguration configuration)
    {
        byte[] bytes;
        try
        {
            bytes = files.Read(configuration.Module);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw configuration.Place.Error($"the module cannot be read: {exception.Message}");
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(bytes), .. configuration.Place.Source.Span]));
        if (entries.TryGetValue(name, out var entry) && entry.Digest == digest)
        {
            prepared.Filters[name] = (digest, null);
            return;
        }

        try
        {
            var filter = await modules.StartAsync(bytes, Path.GetFileName(configuration.Module), configuration.Options, host).ConfigureAwait(false);
            prepared.Filters[name] = (digest, filter);
            if (entry is not null && entry.Slot.Current.GetType() != filter.GetType())
            {
                throw new FilterException("the module is of another ABI than before; give the filter another name");
            }
        }
        catch (Exception exception) when (exception is CofferException or FilterException)
        {
            throw configuration.Place.Error(exception.Message);
        }
    }

    private sealed record Entry(FilterSlot Slot, string Digest);

    /// <summary>What was started for a configuration; null for what stays.</summary>
    internal sealed class Prepared : IAsyncDisposable
    {
        public Dictionary<string, (string Digest, IFilter? Filter)> Filters { get; } = [];

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, filter) in Filters.Values)
            {
                if (filter is not null) await filter.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
