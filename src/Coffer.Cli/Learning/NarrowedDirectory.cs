using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Learning;

/// <summary>
/// What a run needed of one directory: a few files, a few directories below it, or the directory itself; in any case no
/// more access than was used. Where a smaller grant could behave otherwise (links, <c>..</c>, quotas that two grants
/// would not share), the directory stays.
/// </summary>
internal sealed class NarrowedDirectory(HostFiles files, DirectoryGrant grant, GrantUse use)
{
    /// <summary>
    /// The most grants that one is replaced by; a longer list is no easier to judge than the directory.
    /// </summary>
    private const int MaximumGrants = 7;

    private const DirectoryAccess Looking = DirectoryAccess.Read | DirectoryAccess.Metadata;

    public IReadOnlyList<Grant> Grants()
    {
        var whole = grant with { Access = grant.Access & use.Access };
        if (!CanBeNarrowed() || Paths() is not { } paths) return [whole];
        // What the guest has named may be no text of a grant, or that of another one.
        return (AsFiles(paths) ?? AsDirectories(paths)) is { } narrow && narrow.All(part => part.HasText) ? narrow : [whole];
    }

    private bool CanBeNarrowed() =>
        grant is { Source: DirectorySource.Host, MaximumBytes: null, MaximumFiles: null }
        && grant.GuestPath.StartsWith('/');

    /// <summary>What was used, by paths below the directory; null when it cannot be told apart.</summary>
    private Dictionary<string, DirectoryAccess>? Paths()
    {
        if (use.Resources is null) return null;
        var root = grant.GuestPath.TrimEnd('/');
        var paths = new Dictionary<string, DirectoryAccess>();
        foreach (var (resource, access) in use.Resources)
        {
            if (!resource.StartsWith(root, StringComparison.Ordinal)) return null;
            var parts = resource[root.Length..].Split('/').Where(part => part is not ("" or ".")).ToList();
            if (parts.Count == 0 || parts.Contains("..")) return null;
            var path = string.Join('/', parts);
            if (files.HasLink(grant.HostPath, parts)) return null;
            paths[path] = paths.GetValueOrDefault(path) | access;
        }

        return paths;
    }

    private List<Grant>? AsFiles(Dictionary<string, DirectoryAccess> paths)
    {
        var canBeFiles = paths.Count <= MaximumGrants
            && paths.All(path => (path.Value & ~FileGrant.AllAccess) == 0 && files.IsFile(HostPath(path.Key)));
        return !canBeFiles ? null : [.. paths.Select(path =>
            new FileGrant(HostPath(path.Key), GuestPath(path.Key)) { Access = path.Value })];
    }

    private List<Grant>? AsDirectories(Dictionary<string, DirectoryAccess> paths)
    {
        var made = paths.Where(path => (path.Value & DirectoryAccess.Create) != 0).Select(path => path.Key).ToList();
        var access = new Dictionary<string, DirectoryAccess>();
        foreach (var path in paths)
        {
            var directory = Covering(path.Key, path.Value, made);
            access[directory] = access.GetValueOrDefault(directory) | path.Value;
        }

        var outer = access.Keys.Where(path => !access.Keys.Any(other => IsBelow(path, other))).ToList();
        if (outer.Contains("") || outer.Count > MaximumGrants) return null;
        return [.. outer.Select(path => grant with
        {
            HostPath = HostPath(path),
            GuestPath = GuestPath(path),
            Access = access.Where(other => other.Key == path || IsBelow(other.Key, path))
                .Aggregate(DirectoryAccess.None, (all, other) => all | other.Value),
        })];
    }

    // The directory that must be granted: one that is there before the guest starts.
    private string Covering(string path, DirectoryAccess access, List<string> made)
    {
        var directory = (access & ~Looking) == 0 && files.IsFolder(HostPath(path)) ? path : Parent(path);
        while (directory.Length > 0 && (!files.IsFolder(HostPath(directory)) || made.Exists(IsMade))) directory = Parent(directory);
        return directory;

        bool IsMade(string other) => other == directory || IsBelow(directory, other);
    }

    private static bool IsBelow(string path, string directory) =>
        directory.Length == 0 ? path.Length > 0 : path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static string Parent(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private string HostPath(string path) => grant.HostPath.TrimEnd('/') + "/" + path;

    private string GuestPath(string path) => grant.GuestPath.TrimEnd('/') + "/" + path;
}
