using System.Globalization;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities;

/// <summary>
/// How one quota is written: as an option of the command and as a value in a manifest, both of the same text. The one
/// list of quotas; the command line, the manifest, its schema and messages are driven by it.
/// </summary>
/// <param name="Option">The option, such as <c>--max-handles</c>.</param>
/// <param name="ManifestKey">The name beneath <c>quotas</c>, such as <c>handles</c>.</param>
/// <param name="Description">What it bounds, for help and for the schema.</param>
/// <param name="IsBytes">Whether it counts bytes, so that <c>10MiB</c> is a text of it.</param>
/// <param name="IsOptional">Whether there may be none: <c>unlimited</c>.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Set">The quotas with another value of it, which is not negative.</param>
public sealed record QuotaSyntax(
    string Option, string ManifestKey, string Description, bool IsBytes, bool IsOptional,
    Func<Quotas, long?> Get, Func<Quotas, long?, Quotas> Set)
{
    /// <summary>The text of a quota that bounds nothing.</summary>
    public const string Unlimited = "unlimited";

    /// <summary>All quotas, in the order in which a manifest lists them.</summary>
    public static IReadOnlyList<QuotaSyntax> All { get; } =
    [
        Count("handles", "Descriptors that may be open at a time",
            quotas => quotas.Handles, (quotas, count) => quotas with { Handles = count }),
        Bytes("output-bytes", "Bytes written to standard output and standard error",
            quotas => quotas.OutputBytes, (quotas, count) => quotas with { OutputBytes = count }),
        Bytes("written-bytes", "Bytes written to files, in all directories together",
            quotas => quotas.WrittenBytes, (quotas, count) => quotas with { WrittenBytes = count }),
        Bytes("sent-bytes", "Bytes sent through sockets",
            quotas => quotas.SentBytes, (quotas, count) => quotas with { SentBytes = count }),
        Of("files", "Files, directories and links made, in all directories together", false, true,
            quotas => quotas.Files, (quotas, count) => quotas with { Files = count }),
        Count("iovecs", "Buffers that one call may read into or write from",
            quotas => quotas.Iovecs, (quotas, count) => quotas with { Iovecs = count }),
        Count("subscriptions", "Events that one call may wait for",
            quotas => quotas.Subscriptions, (quotas, count) => quotas with { Subscriptions = count }),
        Count("threads", "Threads besides the first, at a time",
            quotas => quotas.Threads, (quotas, count) => quotas with { Threads = count }),
    ];

    /// <summary>The form of the text, such as <c>count</c>.</summary>
    public string Form => (IsBytes ? "size" : "count") + (IsOptional ? $"|{Unlimited}" : "");

    /// <summary>The quotas with this one as a text says.</summary>
    /// <exception cref="FormatException">The text is none; the message says what would be right.</exception>
    public Quotas Read(Quotas quotas, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsOptional && text == Unlimited) return Set(quotas, null);
        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || (IsBytes && ByteSize.TryParse(text, out value));
        if (!isNumber || (!IsOptional && value > int.MaxValue))
        {
            var example = (IsBytes ? "10000 or 10MiB" : "100") + (IsOptional ? $" or {Unlimited}" : "");
            throw new FormatException($"\"{text}\" is no number of {ManifestKey}; write {example}");
        }

        return Set(quotas, value);
    }

    /// <summary>The text that <see cref="Read"/> reads as what quotas say.</summary>
    public string Format(Quotas quotas) => Get(quotas) is not { } value
        ? Unlimited
        : IsBytes ? ByteSize.Format(value) : value.ToString(CultureInfo.InvariantCulture);

    private static QuotaSyntax Bytes(
        string words, string description, Func<Quotas, long?> get, Func<Quotas, long?, Quotas> set) =>
        Of(words, description, true, true, get, set);

    private static QuotaSyntax Count(
        string words, string description, Func<Quotas, int> get, Func<Quotas, int, Quotas> set) =>
        Of(words, description, false, false, quotas => get(quotas), (quotas, count) => set(quotas, (int)count!.Value));

    // The option and the manifest say the same words, each in the manner of its place: --max-output-bytes, outputBytes.
    private static QuotaSyntax Of(
        string words, string description, bool isBytes, bool isOptional,
        Func<Quotas, long?> get, Func<Quotas, long?, Quotas> set)
    {
        var key = string.Concat(words.Split('-').Select(
            (word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
        return new QuotaSyntax($"--max-{words}", key, description, isBytes, isOptional, get, set);
    }
}
