using System.Text;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// Puts single files where the guest looks for them: into directories that hold nothing else. Libraries of guests choose
/// the granted directory whose name is the longest beginning of a path, so a file below a granted directory needs one of
/// its own. All others are in <c>/</c>, which also shows where the granted directories are; a guest that asks there for
/// what it was not granted is told that there is none, and the refusal is on record.
/// </summary>
/// <param name="directories">The granted directories.</param>
/// <param name="hostFolder">Where relative paths of the host start; null for where the process is.</param>
/// <param name="rootWitness">Whether there is a <c>/</c> of this kind.</param>
internal sealed class GrantedFiles(IReadOnlyList<GrantedDirectory> directories, string? hostFolder, bool rootWitness)
{
    private const ulong FirstDevice = (1UL << 63) | (1UL << 32);

    private readonly Dictionary<string, FileTree> trees = new(StringComparer.Ordinal);
    private readonly bool hasRoot = rootWitness && directories.All(directory => Place(directory) != "/");

    /// <summary>Adds a file.</summary>
    /// <exception cref="FileNotFoundException">There is none on the host.</exception>
    /// <exception cref="ArgumentException">It cannot be where the grant says.</exception>
    public void Add(FileGrant grant)
    {
        var place = GuestPaths.Normalize(grant.GuestPath);
        if (place is null or "/") throw new ArgumentException($"{grant.Rule}: the guest cannot have a file of this name");
        var slash = place.LastIndexOf('/');
        var above = slash == 0 ? "/" : place[..slash];
        if (directories.FirstOrDefault(directory => Place(directory) == above) is { } same)
        {
            throw new ArgumentException(
                $"{grant.Rule}: the file would be hidden by {same.Grant!.Rule}; give it a name in another directory");
        }

        var isBelow = directories.Any(directory => Place(directory) is { } root && GuestPaths.Holds(root, place));
        var start = isBelow || !hasRoot ? above : "/";
        var tree = Tree(start);
        var folder = FolderOf(tree, place[start.TrimEnd('/').Length..slash]);
        var guestName = Encoding.UTF8.GetBytes(place[(slash + 1)..]);
        if (folder is null || folder.Find(guestName) is not null)
        {
            throw new ArgumentException($"{grant.Rule}: another file that was granted is in its place or above it");
        }

        var host = OpenFolder(grant, out var name);
        tree.Own(host);
        folder.Add(guestName, new HostFileNode(tree.NewInode(), host, name));
    }

    /// <summary>The directories to be added to those that were granted.</summary>
    public IEnumerable<GrantedDirectory> Directories()
    {
        if (hasRoot)
        {
            var root = Tree("/");
            foreach (var directory in directories) AddMount(root, directory);
        }

        // "/" comes last: programs take the first for the place where they are.
        var places = new List<string>(trees.Keys);
        places.Sort(StringComparer.Ordinal);
        if (places.Remove("/")) places.Add("/");
        return places.ConvertAll(place =>
            new GrantedDirectory(place, new TreeDirectory(trees[place], FileGrant.AllAccess), null));
    }

    private FileTree Tree(string place)
    {
        if (trees.TryGetValue(place, out var tree)) return tree;
        return trees[place] = new FileTree(FirstDevice + (ulong)trees.Count, new DirectoryQuota(0, 0, Errno.NoSpace), null);
    }

    // Null where a file or a granted directory is in the way.
    private static FolderNode? FolderOf(FileTree tree, string path)
    {
        var current = tree.Root;
        foreach (var component in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Encoding.UTF8.GetBytes(component);
            if (current.Find(name) is not { } next) current.Add(name, next = new FolderNode(tree.NewInode(), current, null));
            if (next is not FolderNode folder) return null;
            current = folder;
        }

        return current;
    }

    private static void AddMount(FileTree tree, GrantedDirectory directory)
    {
        if (Place(directory) is not { } place || place == "/") return;
        var slash = place.LastIndexOf('/');
        var name = Encoding.UTF8.GetBytes(place[(slash + 1)..]);
        if (FolderOf(tree, place[..slash]) is not { } folder || folder.Find(name) is not null) return;
        GuestPath.TryCopy("."u8, stackalloc byte[GuestPath.Capacity], out var self);
        var error = directory.Handle.Open(self, new OpenRequest { Read = true, Directory = true }, out _, out var handle);
        if (error != Errno.Success) return;
        tree.Own(handle!);
        folder.Add(name, new MountNode(tree.NewInode(), handle!));
    }

    private DirectoryHandle OpenFolder(FileGrant grant, out byte[] name)
    {
        var path = HostDirectory.FullPath(grant.HostPath, hostFolder);
        if (Directory.Exists(path)) throw new FileNotFoundException($"{path} is a directory; grant it as one", path);
        if (!File.Exists(path)) throw new FileNotFoundException($"The file {path} does not exist.", path);
        // The operator may name a link; what the guest gets is the file it leads to.
        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        return HostDirectory.Open(Path.GetDirectoryName(path)!, grant.Access);
    }

    private static string? Place(GrantedDirectory directory) => GuestPaths.Normalize(directory.GuestPath);
}
