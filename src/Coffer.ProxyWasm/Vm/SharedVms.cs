namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// The VMs of one module in which several filters may be: those of one host with one VM id, one configuration of the VM, and the
/// same limits and variables have one for each worker. Thread-safe.
/// </summary>
internal sealed class SharedVms
{
    private readonly Lock gate = new();
    private readonly Dictionary<Key, Entry> entries = [];

    /// <summary>Starts a filter in the VM that there is, or in a new one.</summary>
    /// <exception cref="FilterException">It does not start, or refuses its configuration.</exception>
    public FilterRoot Start(FilterModule module, int worker, FilterOptions options, FilterHost host, Action<FilterRoot> onFailed)
    {
        if (options.VmId.Length == 0) return FilterVm.Start(module, options, host, onFailed);
        var key = Key.Of(worker, options, host);
        var entry = Rent(key);
        try
        {
            // Filters that start at the same time would each make one.
            lock (entry.Gate)
            {
                if (entry.Vm?.TryStart(options, onFailed) is { } joined) return joined;
                var root = FilterVm.Start(module, options, host, onFailed);
                entry.Vm = root.Vm;
                return root;
            }
        }
        finally
        {
            Return(key, entry);
        }
    }

    /// <summary>A VM is gone.</summary>
    public void Forget(FilterVm vm)
    {
        lock (gate)
        {
            foreach (var (key, entry) in entries)
            {
                if (entry.Vm != vm) continue;
                entry.Vm = null;
                if (entry.Users == 0) entries.Remove(key);
                return;
            }
        }
    }

    private Entry Rent(Key key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var entry)) entries.Add(key, entry = new Entry());
            entry.Users++;
            return entry;
        }
    }

    private void Return(Key key, Entry entry)
    {
        lock (gate)
        {
            if (--entry.Users == 0 && entry.Vm is null) entries.Remove(key);
        }
    }

    private sealed class Entry
    {
        public Lock Gate { get; } = new();

        public volatile FilterVm? Vm;

        public int Users { get; set; }
    }

    // What the VM is made of; all else is each filter's own.
    private sealed record Key(FilterHost Host, int Worker, string VmId, string Configuration, string Environment, ulong MemoryBytes)
    {
        public static Key Of(int worker, FilterOptions options, FilterHost host) => new(
            host, worker, options.VmId, Convert.ToHexString(options.VmConfiguration.Span),
            string.Join('\0', options.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")),
            options.MemoryBytes);
    }
}
