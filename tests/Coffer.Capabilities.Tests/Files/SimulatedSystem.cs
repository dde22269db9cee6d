using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>
/// A file system that does what Windows or macOS do with the paths it is given: it takes names apart at <c>\</c>, opens
/// devices and streams, shortens names, finds files by short names and by names in another case or normal form, and
/// follows links. It keeps a list of everything that was opened or changed, by its true place.
/// </summary>
internal sealed class SimulatedSystem(bool windows) : PortableSystem
{
    public const string Root = @"C:\granted";
    private readonly Node drive = new("C:", null) { Children = [] };
    private readonly Dictionary<FileHandle, string> opened = [];

    /// <summary>What was opened, listed, made or changed.</summary>
    public List<string> Touched { get; } = [];

    /// <summary>Runs once, between the last look and the opening of a file.</summary>
    public Action? BeforeOpen { get; set; }

    public override bool HasWindowsNames => windows;

    public void AddFolder(string path, string? shortName = null) => Add(path, new Node(Last(path), shortName) { Children = [] });

    public void AddFile(string path, string content, string? shortName = null) =>
        Add(path, new Node(Last(path), shortName) { Content = content });

    public void AddLink(string path, string target) => Add(path, new Node(Last(path), null) { Target = target });

    public void Remove(string path) => Find(Parent(path), true)!.Children!.Remove(Find(path, false)!);

    public override string Join(string path, string name) => path + '\\' + name;

    public override Errno GetStatus(string path, out FileStatus status)
    {
        status = default;
        if (Find(path, followFinal: false) is not { } node) return Errno.NotFound;
        status = new FileStatus(0, 0, node.Type, 1, (ulong)node.Content.Length, 0, 0, 0);
        return Errno.Success;
    }

    public override Errno List(string path, out List<(string Name, FileType Type)> entries)
    {
        entries = [];
        if (Find(path, followFinal: true) is not { Children: { } children } node) return Errno.NotFound;
        Touched.Add("list " + PlaceOf(node));
        entries = [.. children.Select(child => (child.Name, child.Type))];
        return Errno.Success;
    }

    public override Errno Open(
        string path, OpenRequest request, DirectoryAccess access, DirectoryQuota? quota, out FileHandle? file)
    {
        BeforeOpen?.Invoke();
        BeforeOpen = null;
        file = null;
        var node = Find(path, followFinal: true);
        if (node is null)
        {
            if (!request.Create) return Errno.NotFound;
            AddFile(path, "");
            node = Find(path, followFinal: true)!;
        }

        else if (request.Create && request.Exclusive)
        {
            return Errno.Exists;
        }

        Touched.Add("open " + PlaceOf(node));
        file = new StreamHandle(new MemoryStream(Encoding.UTF8.GetBytes(node.Content)), false, false);
        opened[file] = PlaceOf(node);
        return Errno.Success;
    }

    public override Errno Truncate(FileHandle file) => Change("truncate " + opened[file]);

    public override Errno SetTimes(string path, FileTimes times) => Change("times " + PlaceOf(Find(path, true)!));

    public override Errno CreateDirectory(string path)
    {
        AddFolder(path);
        return Change("make " + PlaceOf(Find(path, true)!));
    }

    public override Errno RemoveDirectory(string path)
    {
        if (Find(path, false)!.Children!.Count > 0) return Errno.NotEmpty;
        return RemoveFile(path);
    }

    public override Errno RemoveFile(string path)
    {
        Change("remove " + PlaceOf(Find(path, false)!));
        Remove(path);
        return Errno.Success;
    }

    public override Errno MoveFile(string from, string to)
    {
        var node = Find(from, false)!;
        Change($"move {PlaceOf(node)}");
        Remove(from);
        if (Find(to, false) is not null) Remove(to);
        Add(to, node with { Name = Last(to) });
        return Errno.Success;
    }

    public override Errno MoveDirectory(string from, string to) =>
        Find(to, false) is { } existing && existing != Find(from, false) ? Errno.Exists : MoveFile(from, to);

    /// <summary>Finds what a path leads to; a device is found anywhere.</summary>
    private Node? Find(string path, bool followFinal)
    {
        var current = drive;
        var components = path[Math.Min(3, path.Length)..].Split('\\', '/');
        for (var i = 0; i < components.Length; i++)
        {
            var name = components[i];
            if (windows)
            {
                if (PortableName.IsDevice(name)) return new Node("device " + name, null);
                name = name.Split(':')[0].TrimEnd('.', ' ');
            }

            if (name.Length == 0) continue;
            var next = current.Children?.FirstOrDefault(child => Same(child.Name, name) || (windows && Same(child.ShortName, name)));
            if (next is { Target: { } target } && (followFinal || i < components.Length - 1)) next = Find(target, true);
            if (next is null) return null;
            current = next;
        }

        return current;
    }

    private static bool Same(string? one, string other) => one is not null
        && string.Equals(Fold(one), Fold(other), StringComparison.OrdinalIgnoreCase);

    // Enough of the decomposition for the letter in the tests.
    private static string Fold(string name) => name.Replace("e\u0301", "\u00e9", StringComparison.Ordinal)
        .Replace("E\u0301", "\u00e9", StringComparison.Ordinal);

    private void Add(string path, Node node) => Find(Parent(path), true)!.Children!.Add(node);

    private Errno Change(string what)
    {
        Touched.Add(what);
        return Errno.Success;
    }

    private string PlaceOf(Node node)
    {
        return Search(drive, "C:") ?? node.Name;

        string? Search(Node at, string place) => ReferenceEquals(at, node)
            ? place
            : at.Children?.Select(child => Search(child, place + '\\' + child.Name)).FirstOrDefault(found => found is not null);
    }

    private static string Parent(string path) => path[..path.LastIndexOf('\\')];

    private static string Last(string path) => path[(path.LastIndexOf('\\') + 1)..];

    private sealed record Node(string Name, string? ShortName)
    {
        public List<Node>? Children { get; init; }

        public string? Target { get; init; }

        public string Content { get; set; } = "";

        public FileType Type => Target is not null
            ? FileType.SymbolicLink
            : Children is not null ? FileType.Directory : FileType.RegularFile;
    }
}
