using System.Formats.Tar;
using Coffer.Fuzz.Wasi.Model;

namespace Coffer.Fuzz.Wasi;

/// <summary>
/// The folders of the host that guests are granted, side by side with what they must not reach: what lies outside, what
/// is only to be read, and the base of an overlay. None of those may change.
/// </summary>
internal sealed class HostFolders : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("coffer-fuzz-").FullName;
    private readonly SortedDictionary<string, string> untouched;

    public HostFolders()
    {
        foreach (var name in new[] { "outside", "readonly", "base" }) Directory.CreateDirectory(Of(name));
        File.WriteAllText(Path.Combine(Of("outside"), "secret"), "nobody may read this");
        SeedTree.AddTo(Of("readonly"));
        SeedTree.AddTo(Of("base"));
        TarFile.CreateFromDirectory(Of("readonly"), Archive, includeBaseDirectory: false);
        untouched = Untouched();
    }

    /// <summary>An archive of what is only to be read.</summary>
    public string Archive => Of("readonly.tar");

    /// <summary>The last part of the folder's path, which no guest may ever see.</summary>
    public string Secret => Path.GetFileName(root);

    public string Of(string name) => Path.Combine(root, name);

    /// <summary>Makes the folders anew that guests change.</summary>
    public void Renew()
    {
        foreach (var name in new[] { "first", "second" })
        {
            if (Directory.Exists(Of(name))) Directory.Delete(Of(name), recursive: true);
            Directory.CreateDirectory(Of(name));
            SeedTree.AddTo(Of(name));
        }
    }

    /// <summary>What of the host has changed that must not have; null when nothing has.</summary>
    public string? Damage()
    {
        var now = Untouched();
        foreach (var (path, state) in now.Union(untouched).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (now.GetValueOrDefault(path) != untouched.GetValueOrDefault(path))
            {
                return $"{Path.GetRelativePath(root, path)} outside of what the guest may change is not as before: {state}";
            }
        }

        var added = Directory.GetFileSystemEntries(root).Select(Path.GetFileName)
            .Except(["outside", "readonly", "readonly.tar", "base", "first", "second"]).FirstOrDefault();
        return added is null ? null : $"{added} has come into being beside the granted folders";
    }

    /// <summary>How many descriptors this process holds of these folders.</summary>
    public int OpenDescriptors() => !Directory.Exists("/proc/self/fd") ? 0 : Directory.GetFiles("/proc/self/fd")
        .Count(link => TargetOf(link).StartsWith(root, StringComparison.Ordinal));

    /// <summary>How a folder differs from that of the model; null when it does not.</summary>
    public string? Differs(string name, ModelNode folder) => Differs(new DirectoryInfo(Of(name)), folder);

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static string? Differs(DirectoryInfo directory, ModelNode folder)
    {
        var entries = directory.GetFileSystemInfos().ToDictionary(entry => entry.Name);
        foreach (var (name, node) in folder.Children)
        {
            if (!entries.Remove(name, out var entry)) return $"{directory.Name}/{name} is missing on the host";
            var difference = node.Kind switch
            {
                NodeKind.Link when entry.LinkTarget != node.Target => $"is no link to {node.Target}",
                NodeKind.Folder when entry is DirectoryInfo child => Differs(child, node),
                NodeKind.File when entry.LinkTarget is not null || entry is not FileInfo => "is no file",
                NodeKind.File when !File.ReadAllBytes(entry.FullName).AsSpan().SequenceEqual(node.Content) =>
                    "has another content",
                _ => null,
            };
            if (difference is not null) return $"{directory.Name}/{name} on the host: {difference}";
        }

        return entries.Count == 0 ? null : $"{directory.Name}/{entries.Keys.First()} on the host should not be";
    }

    private SortedDictionary<string, string> Untouched()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "outside", "readonly", "base" }) Describe(new DirectoryInfo(Of(name)), found);
        return found;
    }

    private static void Describe(DirectoryInfo directory, SortedDictionary<string, string> found)
    {
        found[directory.FullName] = $"a directory of {directory.LastWriteTimeUtc:O}";
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null) found[entry.FullName] = $"a link to {entry.LinkTarget}";
            else if (entry is DirectoryInfo child) Describe(child, found);
            else found[entry.FullName] = $"{entry.LastWriteTimeUtc:O} {File.ReadAllText(entry.FullName)}";
        }
    }

    private static string TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return "";
        }
    }
}
