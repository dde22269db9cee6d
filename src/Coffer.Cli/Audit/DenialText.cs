using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Audit;

/// <summary>What a person is told about a refusal, besides what was refused. All text is fit for a terminal.</summary>
internal static class DenialText
{
    private const int MaximumGrants = 6;
    private const int MaximumFrames = 5;

    /// <summary>What the guest has, what would allow it, and where it asked.</summary>
    public static IEnumerable<string> Explain(AuditEvent denied)
    {
        yield return $"the guest has: {GuestText.Escape(Granted(denied.Granted))}";
        yield return denied.Remedy is { } remedy
            ? $"to allow: {GuestText.Escape(Quote(remedy))}   (coffer.json: {denied.RemedyManifestPath})"
            : $"no grant would allow it: {denied.Reason}";
        if (denied.Backtrace.Count > 0) yield return $"at: {GuestText.Escape(Place(denied.Backtrace))}";
    }

    /// <summary>
    /// An option as a shell takes it. Its text may come from the guest, and a person may paste it.
    /// </summary>
    public static string Quote(string rule)
    {
        var space = rule.IndexOf(' ', StringComparison.Ordinal);
        var (option, text) = space < 0 ? ("", rule) : (rule[..(space + 1)], rule[(space + 1)..]);
        var isPlain = text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal));
        return option + (isPlain ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'");
    }

    private static string Granted(IReadOnlyList<string> rules)
    {
        if (rules.Count == 0) return "nothing of the kind";
        var more = rules.Count > MaximumGrants ? $" and {rules.Count - MaximumGrants} more" : "";
        return string.Join(", ", rules.Take(MaximumGrants).Select(Describe)) + more;
    }

    /// <summary>A rule in words where there are clearer ones than its text.</summary>
    private static string Describe(string rule)
    {
        var space = rule.IndexOf(' ', StringComparison.Ordinal);
        var syntax = GrantSyntax.All.FirstOrDefault(row => space >= 0 && row.Option == rule[..space]);
        if (syntax is null) return rule;
        var text = rule[(space + 1)..];
        return syntax.Kind is CapabilityKind.Directory or CapabilityKind.File ? DescribePath(syntax.Parse(text)) : text;
    }

    private static string DescribePath(Grant grant) => grant switch
    {
        DirectoryGrant directory => $"{directory.GuestPath} → {Source(directory)}{Access(directory.Access, DirectoryAccess.All)}",
        FileGrant file => $"{file.GuestPath} → {file.HostPath}{Access(file.Access, FileGrant.AllAccess)}",
        _ => grant.ToString()!,
    };

    private static string Source(DirectoryGrant grant) => grant.Source switch
    {
        DirectorySource.Memory => "memory",
        DirectorySource.Overlay => $"{grant.HostPath}, changes in memory",
        _ => grant.HostPath,
    };

    private static string Access(DirectoryAccess access, DirectoryAccess all)
    {
        if (access == all) return "";
        return access == DirectoryAccess.Read ? " (read-only)" : $" ({DirectorySyntax.Describe(access)})";
    }

    // Frames are "function (module+0xoffset)"; the place matters for the innermost, of the others the name will do.
    private static string Place(IReadOnlyList<string> frames)
    {
        var callers = frames.Skip(1).Take(MaximumFrames - 1).Select(frame => frame.LastIndexOf(" (", StringComparison.Ordinal) is var end and > 0
            ? frame[..end]
            : frame);
        var more = frames.Count > MaximumFrames ? " ← …" : "";
        return string.Join(" ← ", [frames[0], .. callers]) + more;
    }
}
