using System.Buffers.Binary;
using System.Text;

namespace Coffer.ProxyWasm.Streams;

/// <summary>
/// The properties of one stream, by their paths: what the host knows, and what the filters of the chain have set. To derive
/// from for a kind of stream. As single-threaded as its stream.
/// </summary>
public abstract class StreamProperties
{
    private const int MaximumCount = 256, MaximumBytes = 64 << 10;
    private readonly Lock gate = new();
    private Dictionary<string, byte[]>? set;

    /// <summary>The value of a path, its parts joined by dots; null when there is none.</summary>
    protected abstract byte[]? Find(string path);

    internal byte[]? Get(string path)
    {
        lock (gate)
        {
            if (set is not null && set.TryGetValue(path, out var own)) return own;
        }

        return Find(path);
    }

    internal bool TrySet(string path, ReadOnlySpan<byte> value)
    {
        if (value.Length > MaximumBytes) return false;
        lock (gate)
        {
            set ??= new(StringComparer.Ordinal);
            if (set.Count >= MaximumCount && !set.ContainsKey(path)) return false;
            set[path] = value.ToArray();
            return true;
        }
    }

    /// <summary>A text as the value of a property.</summary>
    protected static byte[]? Text(string? value) => value is null ? null : Encoding.UTF8.GetBytes(value);

    /// <summary>A number as the value of a property.</summary>
    protected static byte[] Number(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>A truth value as the value of a property.</summary>
    protected static byte[] Truth(bool value) => [value ? (byte)1 : (byte)0];

    /// <summary>A time as the value of a property: nanoseconds since 1970.</summary>
    protected static byte[] Time(DateTimeOffset value) => Number((value - DateTimeOffset.UnixEpoch).Ticks * 100);

    /// <summary>A duration as the value of a property: nanoseconds.</summary>
    protected static byte[] Duration(TimeSpan value) => Number(value.Ticks * 100);
}
