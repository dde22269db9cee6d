namespace Coffer.ProxyWasm.Shared;

/// <summary>
/// Values by keys, for the filters of one VM id each, with a number that changes at every change. Thread-safe.
/// </summary>
public sealed class SharedData
{
    private const int MaximumBytes = 64 << 20, Overhead = 64;
    private readonly Lock gate = new();
    private readonly Dictionary<(string VmId, string Key), (byte[] Value, uint Cas)> values = [];
    private uint lastCas;
    private long bytes;

    /// <summary>A value with its number; false when there is none.</summary>
    public bool TryGet(string vmId, string key, out byte[] value, out uint cas)
    {
        lock (gate)
        {
            var found = values.TryGetValue((vmId, key), out var entry);
            (value, cas) = found ? entry : ([], 0);
            return found;
        }
    }

    /// <summary>Sets a value, when the number is 0 or that of the value that is there.</summary>
    internal SharedDataResult Set(string vmId, string key, ReadOnlySpan<byte> value, uint cas)
    {
        lock (gate)
        {
            var isKnown = values.TryGetValue((vmId, key), out var entry);
            if (cas != 0 && (!isKnown || entry.Cas != cas)) return SharedDataResult.Mismatch;
            var growth = (long)value.Length - (isKnown ? entry.Value.Length : -(Overhead + 2L * key.Length));
            if (growth > MaximumBytes - bytes) return SharedDataResult.Full;
            bytes += growth;
            // 0 means no number.
            if (++lastCas == 0) lastCas = 1;
            values[(vmId, key)] = (value.ToArray(), lastCas);
            return SharedDataResult.Set;
        }
    }
}

/// <summary>What became of setting a value.</summary>
internal enum SharedDataResult
{
    Set,
    Mismatch,
    Full,
}
