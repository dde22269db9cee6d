using System.Buffers.Binary;
using System.Globalization;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Universally unique identifiers (RFC 4122).</summary>
internal static class UuidBuiltins
{
    // Between 1582-10-15, from which the identifiers count, and 1970-01-01, in units of 100 ns.
    private const long Epoch = 122_192_928_000_000_000;

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("uuid.rfc4122", (context, a) => context.Keep("uuid.rfc4122", a[0], () => Make(context))),
        new("uuid.parse", (_, a) => a[0] is RegoString text ? Parse(text.Value) : null),
    ];

    private static RegoValue Make(BuiltinContext context)
    {
        Span<byte> bytes = stackalloc byte[16];
        context.FillRandom(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    private static RegoObject? Parse(string text)
    {
        var plain = text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? text[9..] : text;
        if (plain.Length is not (32 or 36 or 38)
            || !(Guid.TryParseExact(plain, "D", out var id) || Guid.TryParseExact(plain, "N", out id)
            || Guid.TryParseExact(plain, "B", out id))) return null;
        var bytes = id.ToByteArray(bigEndian: true);
        var version = (long)(bytes[6] >> 4);
        var parsed = new List<KeyValuePair<RegoValue,
            RegoValue>> { new("version", version), new("variant", Variant(bytes[8])) };
        if (version is 1 or 2)
        {
            parsed.Add(new("nodeid", string.Join(
                '-', bytes[10..].Select(part => part.ToString("x2", CultureInfo.InvariantCulture)))));
            parsed.Add(new("macvariables",
                $"{((bytes[10] & 2) != 0 ? "local" : "global")}:{((bytes[10] & 1) != 0 ? "multicast" : "unicast")}"));
            parsed.Add(new("clocksequence", (long)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(8)) & 0x3FFF)));
            parsed.Add(new("time", Time(bytes)));
        }

        if (version == 2)
        {
            parsed.Add(new("id", (long)BinaryPrimitives.ReadUInt32BigEndian(bytes)));
            parsed.Add(new("domain", bytes[9] switch { 0 => "Person", 1 => "Group", 2 => "Org", var other =>
                $"Domain{other}" }));
        }

        return new RegoObject(parsed);
    }

    private static string Variant(byte value) =>
        (value & 0xC0) == 0x80 ? "RFC4122" : (value & 0xE0) == 0xC0
            ? "Microsoft"
            : (value & 0xE0) == 0xE0 ? "Future" : "Reserved";

    private static RegoValue Time(byte[] bytes)
    {
        long low = BinaryPrimitives.ReadUInt32BigEndian(bytes),
            middle = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)),
            high = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)) & 0xFFF;
        return unchecked(((high << 48 | middle << 32 | low) - Epoch) * 100);
    }
}
