using System.Globalization;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// The text of grants of directories and files: <c>HOST[::GUEST][:OPTIONS]</c>. Without GUEST it has the same name as
/// on the host. OPTIONS are separated by commas: <c>ro</c>, <c>rw</c> (when nothing else is said), or any of
/// <c>read</c>, <c>write</c>, <c>create</c>, <c>delete</c>, <c>metadata</c>; for directories also <c>overlay</c>,
/// <c>archive</c>, <c>memory</c>, <c>max=BYTES</c> and <c>files=COUNT</c>.
/// </summary>
/// <example><code>
/// ./data::/data:ro
/// ./site::/site:overlay,max=10MiB
/// ::/tmp:memory,files=100
/// site.zip::/site:archive
/// </code></example>
public static class DirectorySyntax
{
    private static readonly (string Word, DirectoryAccess Access)[] Parts =
    [
        ("read", DirectoryAccess.Read),
        ("write", DirectoryAccess.Write),
        ("create", DirectoryAccess.Create),
        ("delete", DirectoryAccess.Delete),
        ("metadata", DirectoryAccess.Metadata),
    ];

    /// <summary>The words for an access, as an audit trail and a grant name it.</summary>
    public static string Describe(DirectoryAccess access) =>
        string.Join(",", Parts.Where(part => access.HasFlag(part.Access)).Select(part => part.Word));

    /// <exception cref="FormatException">The text is not a grant of a directory; the message says why.</exception>
    internal static DirectoryGrant ParseDirectory(string text)
    {
        var (host, guest, options) = Split(text);
        var grant = new DirectoryGrant(host, guest);
        var access = DirectoryAccess.None;
        foreach (var option in options)
        {
            if (TryParseAccess(option, out var part)) access |= part;
            else if (Enum.TryParse<DirectorySource>(option, ignoreCase: true, out var source)) grant = grant with { Source = source };
            else if (option.StartsWith("max=", StringComparison.Ordinal)) grant = grant with { MaximumBytes = ByteSize.Parse(option[4..]) };
            else grant = grant with { MaximumFiles = ParseCount(option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..]) };
        }

        var all = grant.Source == DirectorySource.Archive ? DirectoryAccess.Read : DirectoryAccess.All;
        grant = grant with { Access = access == DirectoryAccess.None ? all : access };
        Check(text, grant);
        return grant;
    }

    private static void Check(string text, DirectoryGrant grant)
    {
        if (grant.GuestPath.Length == 0) throw new FormatException($"\"{text}\" names no directory for the guest");
        if ((grant.HostPath.Length == 0) != (grant.Source == DirectorySource.Memory))
        {
            throw new FormatException(grant.HostPath.Length == 0
                ? $"\"{text}\" names no directory of the host; only one in memory has none, \"::/tmp:memory\""
                : $"\"{text}\" names a directory of the host, which one in memory does not have");
        }

        if (grant.Source == DirectorySource.Archive && (grant.Access & DirectoryAccess.Change) != 0)
        {
            throw new FormatException($"\"{text}\": an archive can only be read");
        }
    }

    /// <exception cref="FormatException">The text is not a grant of a file; the message says why.</exception>
    internal static FileGrant ParseFile(string text)
    {
        var (host, guest, options) = Split(text);
        if (host.Length == 0 || guest.Length == 0) throw new FormatException($"\"{text}\" names no file");
        if (guest.EndsWith('/')) throw new FormatException($"\"{text}\": a file's name does not end in a slash");
        var access = DirectoryAccess.None;
        foreach (var option in options)
        {
            if (!TryParseAccess(option, out var part)) throw new FormatException($"\"{text}\": a file has no option \"{option}\"");
            access |= part & (DirectoryAccess.Read | DirectoryAccess.Write | DirectoryAccess.Metadata);
        }

        return new FileGrant(host, guest) { Access = access == DirectoryAccess.None ? DirectoryAccess.Read : access };
    }

    internal static string Format(DirectoryGrant grant)
    {
        var options = new List<string>();
        if (grant.Source != DirectorySource.Host) options.Add(Word(grant.Source));
        var all = grant.Source == DirectorySource.Archive ? DirectoryAccess.Read : DirectoryAccess.All;
        if (grant.Access != all) options.Add(Format(grant.Access));
        if (grant.MaximumBytes is { } bytes) options.Add($"max={ByteSize.Format(bytes)}");
        if (grant.MaximumFiles is { } files) options.Add(string.Create(CultureInfo.InvariantCulture, $"files={files}"));
        return Join(grant.HostPath, grant.GuestPath, string.Join(',', options));
    }

    internal static string Format(FileGrant grant) =>
        Join(grant.HostPath, grant.GuestPath, grant.Access == DirectoryAccess.Read ? "" : Format(grant.Access, "rw", FileGrant.AllAccess));

    internal static string Word(DirectorySource source) => source.ToString().ToLowerInvariant();

    private static string Format(DirectoryAccess access) => Format(access, "rw", DirectoryAccess.All);

    private static string Format(DirectoryAccess access, string wordForAll, DirectoryAccess all)
    {
        if (access == all) return wordForAll;
        return access == DirectoryAccess.Read ? "ro" : Describe(access);
    }

    private static string Join(string host, string guest, string options) =>
        (host == guest ? host : $"{host}::{guest}") + (options.Length == 0 ? "" : $":{options}");

    // What follows the last colon is options only when all of it is; so "C:\data" is a path.
    private static (string Host, string Guest, string[] Options) Split(string text)
    {
        string[] options = [];
        var colon = text.LastIndexOf(':');
        if (colon >= 0)
        {
            var words = text[(colon + 1)..].Split(',');
            if (words.All(IsOption)) (options, text) = (words, text[..colon]);
        }

        var separator = text.IndexOf("::", StringComparison.Ordinal);
        return separator < 0 ? (text, text, options) : (text[..separator], text[(separator + 2)..], options);
    }

    private static bool IsOption(string word) =>
        TryParseAccess(word, out _)
        || word is "host" or "overlay" or "archive" or "memory"
        || word.StartsWith("max=", StringComparison.Ordinal)
        || word.StartsWith("files=", StringComparison.Ordinal);

    private static bool TryParseAccess(string word, out DirectoryAccess access)
    {
        access = word switch
        {
            "ro" => DirectoryAccess.Read,
            "rw" => DirectoryAccess.All,
            _ => Parts.FirstOrDefault(part => part.Word == word).Access,
        };
        return access != DirectoryAccess.None;
    }

    private static long ParseCount(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new FormatException($"\"{text}\" is no number of files");
}
