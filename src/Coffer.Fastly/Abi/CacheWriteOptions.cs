using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>What a guest says of an object that it puts into the cache.</summary>
internal static class CacheWriteOptions
{
    private const int MaximumText = 64 << 10, MaximumSurrogateKey = 1024, MaximumMetadata = 1 << 20;

    [Flags]
    private enum Options
    {
        RequestHeaders = 1 << 1,
        Vary = 1 << 2,
        InitialAge = 1 << 3,
        StaleWhileRevalidate = 1 << 4,
        SurrogateKeys = 1 << 5,
        Length = 1 << 6,
        Metadata = 1 << 7,
        SensitiveData = 1 << 8,
        EdgeMaxAge = 1 << 9,
        Known = RequestHeaders | Vary | InitialAge | StaleWhileRevalidate | SurrogateKeys | Length | Metadata | SensitiveData | EdgeMaxAge,
    }

    // Where the fields are in the guest's block; texts are followed by their lengths.
    private enum Field
    {
        MaxAge = 0,
        RequestHeaders = 8,
        Vary = 12,
        InitialAge = 24,
        StaleWhileRevalidate = 32,
        SurrogateKeys = 40,
        Length = 48,
        Metadata = 56,
        EdgeMaxAge = 64,
    }

    public static (CacheWrite Write, Func<string, string?>? Headers) Read(HostCall call, int mask, int block, bool withHeaders)
    {
        var options = (Options)mask;
        if ((options & ~Options.Known) != 0) throw new StatusException(FastlyStatus.Unsupported);
        if ((options & Options.RequestHeaders) != 0 && !withHeaders) throw new StatusException(FastlyStatus.InvalidArgument);
        var maxAge = call.ReadU64(block + (int)Field.MaxAge);
        if ((options & Options.EdgeMaxAge) != 0 && call.ReadU64(block + (int)Field.EdgeMaxAge) > maxAge) throw new StatusException(FastlyStatus.InvalidArgument);
        var write = new CacheWrite
        {
            MaxAge = Time(maxAge),
            InitialAge = (options & Options.InitialAge) != 0 ? Time(call.ReadU64(block + (int)Field.InitialAge)) : default,
            StaleWhileRevalidate = (options & Options.StaleWhileRevalidate) != 0 ? Time(call.ReadU64(block + (int)Field.StaleWhileRevalidate)) : default,
            Vary = (options & Options.Vary) != 0 ? VaryOf(call, block) : [],
            SurrogateKeys = (options & Options.SurrogateKeys) != 0 ? KeysOf(call, block) : [],
            Length = (options & Options.Length) != 0 ? (long)Math.Min(call.ReadU64(block + (int)Field.Length), long.MaxValue) : null,
            Metadata = (options & Options.Metadata) != 0 ? MetadataOf(call, block) : default,
        };
        var headers = (options & Options.RequestHeaders) != 0 ? HeadersOf(call, block + (int)Field.RequestHeaders) : null;
        return (write, headers);
    }

    /// <summary>The headers of a request whose handle lies in the guest's memory, as they are now.</summary>
    public static Func<string, string?> HeadersOf(HostCall call, int pointer)
    {
        var headers = call.Handles.Get<RequestHead>((int)call.ReadU32(pointer)).Headers.Clone();
        return name => headers.FindAll(name) is { Count: > 0 } values ? string.Join(", ", values.Select(value => HeaderText.Of(value))) : null;
    }

    /// <summary>Whether a text can be a surrogate key: visible characters, not too many.</summary>
    public static bool IsSurrogateKey(string text) => text.Length is > 0 and <= MaximumSurrogateKey && text.All(character => character is > ' ' and < '\x7f');

    // Not longer than adding to it can be, in ticks.
    private static TimeSpan Time(ulong nanoseconds) => new((long)Math.Min(nanoseconds / TimeSpan.NanosecondsPerTick, long.MaxValue / 8));

    private static string[] VaryOf(HostCall call, int block)
    {
        var names = Texts(call, block, Field.Vary);
        return Array.TrueForAll(names, name => name.All(HeaderText.IsTokenCharacter)) ? names : throw new StatusException(FastlyStatus.InvalidArgument);
    }

    private static string[] KeysOf(HostCall call, int block)
    {
        var keys = Texts(call, block, Field.SurrogateKeys);
        return Array.TrueForAll(keys, IsSurrogateKey) ? [.. keys.Distinct(StringComparer.Ordinal)] : throw new StatusException(FastlyStatus.InvalidArgument);
    }

    private static string[] Texts(HostCall call, int block, Field field) =>
        call.Text((int)call.ReadU32(block + (int)field), (int)call.ReadU32(block + (int)field + 4), MaximumText).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] MetadataOf(HostCall call, int block)
    {
        var length = call.ReadU32(block + (int)Field.Metadata + 4);
        if (length > MaximumMetadata) throw new StatusException(FastlyStatus.LimitExceeded);
        return call.Bytes((int)call.ReadU32(block + (int)Field.Metadata), (int)length).ToArray();
    }
}
