using Coffer.Capabilities.Manifests;

namespace Coffer.Capabilities;

/// <summary>
/// How much of the host a guest may use up by what it was granted. A quota is charged before the work that it bounds is
/// done. Null means that nothing but the grants themselves bounds it. Immutable; <see cref="Syntax"/> says how each
/// is written.
/// </summary>
public sealed record Quotas
{
    /// <summary>
    /// What holds when nothing is said: what one call may cost and what the host must keep open is bounded, what a
    /// guest writes over its life is not.
    /// </summary>
    public static Quotas Default { get; } = new();

    /// <summary>How many descriptors (files, directories, streams, sockets) may be open at a time.</summary>
    public int Handles { get; init; } = 1024;

    /// <summary>How many bytes may be written to standard output and standard error, taken together.</summary>
    public long? OutputBytes { get; init; }

    /// <summary>How many bytes may be written to files or added to their length, in all directories.</summary>
    public long? WrittenBytes { get; init; }

    /// <summary>How many bytes may be sent through sockets.</summary>
    public long? SentBytes { get; init; }

    /// <summary>How many files, directories and links may be made, in all directories together.</summary>
    public long? Files { get; init; }

    /// <summary>How many buffers one call that reads or writes may name.</summary>
    public int Iovecs { get; init; } = 1024;

    /// <summary>How many events one call that waits may wait for.</summary>
    public int Subscriptions { get; init; } = 4096;

    /// <summary>How many threads the guest may have besides its first, at a time.</summary>
    public int Threads { get; init; } = 64;

    /// <summary>How each is written, in the order in which a manifest lists them.</summary>
    public static IReadOnlyList<SettingSyntax<Quotas>> Syntax => field ??=
    [
        Count("handles", "Descriptors that may be open at a time",
            quotas => quotas.Handles, (quotas, count) => quotas with { Handles = count }),
        Total("output-bytes", "Bytes written to standard output and standard error", isBytes: true,
            quotas => quotas.OutputBytes, (quotas, count) => quotas with { OutputBytes = count }),
        Total("written-bytes", "Bytes written to files, in all directories together", isBytes: true,
            quotas => quotas.WrittenBytes, (quotas, count) => quotas with { WrittenBytes = count }),
        Total("sent-bytes", "Bytes sent through sockets", isBytes: true,
            quotas => quotas.SentBytes, (quotas, count) => quotas with { SentBytes = count }),
        Total("files", "Files, directories and links made, in all directories together", isBytes: false,
            quotas => quotas.Files, (quotas, count) => quotas with { Files = count }),
        Count("iovecs", "Buffers that one call may read into or write from",
            quotas => quotas.Iovecs, (quotas, count) => quotas with { Iovecs = count }),
        Count("subscriptions", "Events that one call may wait for",
            quotas => quotas.Subscriptions, (quotas, count) => quotas with { Subscriptions = count }),
        Count("threads", "Threads besides the first, at a time",
            quotas => quotas.Threads, (quotas, count) => quotas with { Threads = count }),
    ];

    private static SettingSyntax<Quotas> Count(
        string words, string description, Func<Quotas, int> get, Func<Quotas, int, Quotas> set) => new(
            $"--max-{words}", KeyOf(words), "count", description, SettingShape.Text | SettingShape.Number,
            (quotas, text) => set(quotas, (int)SettingForms.ReadCount(text, isBytes: false, int.MaxValue)),
            quotas => SettingForms.FormatCount(get(quotas), isBytes: false));

    private static SettingSyntax<Quotas> Total(
        string words, string description, bool isBytes,
        Func<Quotas, long?> get, Func<Quotas, long?, Quotas> set) => new(
            $"--max-{words}", KeyOf(words), $"{(isBytes ? "size" : "count")}|{SettingForms.Unlimited}", description,
            SettingShape.Text | SettingShape.Number,
            (quotas, text) => set(
                quotas, text == SettingForms.Unlimited ? null : SettingForms.ReadCount(text, isBytes)),
            quotas => SettingForms.FormatCount(get(quotas), isBytes) ?? SettingForms.Unlimited);

    // The option and the manifest say the same words, each in the manner of its place: --max-output-bytes, outputBytes.
    private static string KeyOf(string words) => string.Concat(
        words.Split('-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
