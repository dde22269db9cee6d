namespace Coffer.Fastly.Messages;

/// <summary>Headers that say how a message is framed or that belong to one connection.</summary>
internal static class Framing
{
    private const string ContentLength = "content-length", TransferEncoding = "transfer-encoding";

    private static readonly string[] OfConnection = ["connection", "keep-alive", "proxy-connection", "upgrade", "te", TransferEncoding];

    /// <summary>
    /// Removes what belongs to the connection, and what the headers say of the body's length unless the guest frames its
    /// messages itself and says it well.
    /// </summary>
    /// <returns>The length that the guest wants to be sent.</returns>
    public static long? Apply(HeaderList headers, bool isManual)
    {
        var length = isManual ? LengthOf(headers) : null;
        foreach (var name in OfConnection) headers.Remove(name);
        headers.Remove(ContentLength);
        return length;
    }

    private static long? LengthOf(HeaderList headers)
    {
        var values = headers.FindAll(ContentLength);
        if (values.Count != 1 || headers.Find(TransferEncoding) is not null) return null;
        var isNumber = values[0].Length is > 0 and < 19 && !values[0].AsSpan().ContainsAnyExceptInRange((byte)'0', (byte)'9');
        return isNumber ? long.Parse(values[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
