using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Shared;

/// <summary>
/// Queues by VM id and name. A filter that registers one is told of items; of several that did, and of its VMs, one is told of each. Thread-safe.
/// </summary>
public sealed class SharedQueues
{
    private const int MaximumQueues = 1024, MaximumItems = 10_000, MaximumBytes = 16 << 20;
    private readonly Lock gate = new();
    private readonly List<Queue> queues = [];
    private readonly Dictionary<(string VmId, string Name), int> ids = [];

    /// <summary>Opens a queue, which is made when there is none; 0 when there are too many.</summary>
    internal int Register(string vmId, string name, FilterRoot receiver)
    {
        lock (gate)
        {
            if (!ids.TryGetValue((vmId, name), out var id))
            {
                if (queues.Count >= MaximumQueues) return 0;
                queues.Add(new Queue());
                ids[(vmId, name)] = id = queues.Count;
            }

            var receivers = queues[id - 1].Receivers;
            if (!receivers.Contains(receiver)) receivers.Add(receiver);
            return id;
        }
    }

    /// <summary>The queue that another has opened; 0 when nobody has.</summary>
    internal int Resolve(string vmId, string name)
    {
        lock (gate) return ids.GetValueOrDefault((vmId, name));
    }

    /// <summary>Adds an item and tells one receiver; false when there is no such queue.</summary>
    internal bool TryEnqueue(int id, ReadOnlySpan<byte> item, out bool isFull)
    {
        FilterRoot? receiver = null;
        lock (gate)
        {
            isFull = false;
            if (id <= 0 || id > queues.Count) return false;
            var queue = queues[id - 1];
            isFull = queue.Items.Count >= MaximumItems || item.Length > MaximumBytes - queue.Bytes;
            if (isFull) return true;
            queue.Items.Enqueue(item.ToArray());
            queue.Bytes += item.Length;
            if (queue.Receivers.Count > 0) receiver = queue.Receivers[(int)(queue.Next++ % (uint)queue.Receivers.Count)];
        }

        receiver?.PostQueueReady(id);
        return true;
    }

    /// <summary>Takes the oldest item; null when there is none. False when there is no such queue.</summary>
    internal bool TryDequeue(int id, out byte[]? item)
    {
        lock (gate)
        {
            item = null;
            if (id <= 0 || id > queues.Count) return false;
            var queue = queues[id - 1];
            if (queue.Items.TryDequeue(out item)) queue.Bytes -= item.Length;
            return true;
        }
    }

    internal void Forget(FilterRoot receiver)
    {
        lock (gate)
        {
            foreach (var queue in queues) queue.Receivers.Remove(receiver);
        }
    }

    private sealed class Queue
    {
        public Queue<byte[]> Items { get; } = new();
        public List<FilterRoot> Receivers { get; } = [];
        public long Bytes { get; set; }
        public uint Next { get; set; }
    }
}
