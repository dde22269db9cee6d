using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>The headers that a program writes (RFC 3875, section 6.3), made those of an answer. Nothing unchecked gets there.</summary>
internal static class CgiHeaders
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    // What is between the server and its client, of which a program knows nothing (section 6.3.4).
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    private const int MostHeaders = 1000;

    /// <summary>Where the block ends and where the body begins; null when there is no empty line yet.</summary>
    public static (int Start, int End)? FindEnd(ReadOnlySpan<byte> output, int from)
    {
        // An empty line at the very beginning is a block without headers.
        if (from == 0 && output.StartsWith("\n"u8)) return (0, 1);
        if (from == 0 && output.StartsWith("\r\n"u8)) return (0, 2);
        for (var i = from; i < output.Length; i++)
        {
            var next = output[i..].IndexOf((byte)'\n');
            if (next < 0) return null;
            i += next;
            var rest = output[(i + 1)..];
            if (rest.StartsWith("\n"u8)) return (i + 1, i + 2);
            if (rest.StartsWith("\r\n"u8)) return (i + 1, i + 3);
        }

        return null;
    }

    /// <summary>Reads a block, whose lines end with CR LF or LF, and sets status and headers.</summary>
    /// <param name="block">The block.</param>
    /// <param name="response">The answer.</param>
    /// <param name="reason">What is wrong with it.</param>
    public static bool TryApply(ReadOnlySpan<byte> block, HttpResponse response, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        var hasStatus = false;
        var count = 0;
        while (!block.IsEmpty)
        {
            var end = block.IndexOf((byte)'\n');
            var line = end < 0 ? block : block[..end];
            block = end < 0 ? [] : block[(end + 1)..];
            if (line is [.. var text, (byte)'\r']) line = text;
            if (++count > MostHeaders)
            {
                reason = $"the program wrote more than {MostHeaders} headers";
                return false;
            }

            reason = Apply(line, response, ref hasStatus);
            if (reason is not null) return false;
        }

        if (count == 0)
        {
            reason = "the program wrote no header; the least is one line, such as \"Content-Type: text/plain\"";
            return false;
        }

        if (!hasStatus && response.Headers.ContainsKey("Location")) response.StatusCode = StatusCodes.Status302Found;
        return true;
    }

    private static string? Apply(ReadOnlySpan<byte> line, HttpResponse response, ref bool hasStatus)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0) return $"the program wrote a line that is no header: \"{Quote(line)}\"; headers are \"Name: value\", and an empty line ends them";
        var nameBytes = line[..colon];
        if (nameBytes.ContainsAnyExcept(TokenBytes)) return $"the program wrote a header whose name is none: \"{Quote(nameBytes)}\"";
        var valueBytes = line[(colon + 1)..].Trim(" \t"u8);
        if (valueBytes.ContainsAny(ControlBytes)) return $"the program wrote a control character in the header {Quote(nameBytes)}";
        if (Ascii.EqualsIgnoreCase(nameBytes, "Status"u8)) return ApplyStatus(valueBytes, response, ref hasStatus);
        var name = Encoding.ASCII.GetString(nameBytes);
        if (HopByHop.Contains(name)) return null;
        var value = Encoding.Latin1.GetString(valueBytes);
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        {
            if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || response.ContentLength is { } other && other != length)
            {
                return $"the program wrote a Content-Length that is no number, or two that differ: \"{Quote(valueBytes)}\"";
            }

            response.ContentLength = length;
            return null;
        }

        response.Headers[name] = StringValues.Concat(response.Headers[name], value);
        return null;
    }

    private static string? ApplyStatus(ReadOnlySpan<byte> value, HttpResponse response, ref bool hasStatus)
    {
        if (hasStatus) return "the program wrote two headers Status";
        if (!Utf8Parser.TryParse(value, out int status, out var used) || status is < 200 or > 599 || used < value.Length && value[used] != ' ')
        {
            return $"the program wrote a Status that is none: \"{Quote(value)}\"; it is a number from 200 to 599 and a reason";
        }

        response.StatusCode = status;
        hasStatus = true;
        return null;
    }

    private static string Quote(ReadOnlySpan<byte> text)
    {
        var start = Encoding.Latin1.GetString(text[..Math.Min(text.Length, 60)]);
        return string.Concat(start.Select(character => char.IsControl(character) ? ' ' : character));
    }
}
