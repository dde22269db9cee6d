using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>
/// Where a path leads by the rules of Linux and of WASI: never above the directory it starts from, and over at most 40
/// links.
/// </summary>
/// <param name="Parent">The folder that holds the last component.</param>
/// <param name="Name">The last component; null where that is a folder itself, as after <c>..</c>.</param>
/// <param name="Node">What is there; null when there is nothing.</param>
/// <param name="MustBeFolder">Whether a slash follows the last component.</param>
internal sealed record ModelPath(ModelNode Parent, string? Name, ModelNode? Node, bool MustBeFolder)
{
    private const int MostLinks = 40, MostNameBytes = 255;

    /// <summary>Follows a path to its end.</summary>
    /// <param name="root">Where it starts.</param>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a link at its end is followed.</param>
    /// <param name="creates">Whether a file is made at its end, whose name cannot end with a slash.</param>
    /// <param name="found">Where it leads.</param>
    public static Errno Follow(ModelNode root, string path, bool follow, bool creates, out ModelPath found)
    {
        var folders = new Stack<ModelNode>([root]);
        found = new ModelPath(root, null, root, true);
        var links = 0;
        for (var rest = path; ;)
        {
            rest = rest.TrimStart('/');
            if (rest.Length == 0)
            {
                found = new ModelPath(folders.Peek(), null, folders.Peek(), true);
                return Errno.Success;
            }

            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            var name = slash < 0 ? rest : rest[..slash];
            rest = rest[name.Length..];
            if (name is ".") continue;
            if (name is "..")
            {
                if (folders.Count == 1) return Errno.Escape;
                folders.Pop();
                continue;
            }

            var isLast = rest.Trim('/').Length == 0;
            if (isLast && creates && rest.Length > 0) return Errno.IsDirectory;
            var error = Find(folders.Peek(), name, out var node);
            if (error != Errno.Success) return error;
            if (node?.Kind == NodeKind.Link && (rest.Length > 0 || follow))
            {
                if (++links > MostLinks) return Errno.Loop;
                if (node.Target.StartsWith('/')) return Errno.Escape;
                rest = node.Target + rest;
                continue;
            }

            if (isLast)
            {
                found = new ModelPath(folders.Peek(), name, node, rest.Length > 0);
                return rest.Length > 0 && node?.Kind == NodeKind.File ? Errno.NotDirectory : Errno.Success;
            }

            if (node is null) return Errno.NotFound;
            if (node.Kind != NodeKind.Folder) return Errno.NotDirectory;
            folders.Push(node);
        }
    }

    /// <summary>Follows a path to the folder that holds its last component, which is not followed.</summary>
    public static Errno FollowParent(ModelNode root, string path, out ModelPath found)
    {
        found = new ModelPath(root, null, root, true);
        var trimmed = path.TrimEnd('/');
        var start = trimmed.LastIndexOf('/') + 1;
        var name = trimmed[start..];
        var isSpecial = name is "." or "..";
        var parent = root;
        if (start > 0 || isSpecial)
        {
            var error = Follow(root, isSpecial ? path : trimmed[..start], follow: true, creates: false, out var above);
            if (error != Errno.Success) return error;
            if (above.Node is null) return Errno.NotFound;
            if (above.Node.Kind != NodeKind.Folder) return Errno.NotDirectory;
            parent = above.Node;
        }

        found = new ModelPath(parent, null, parent, true);
        if (isSpecial) return Errno.Success;
        var missing = Find(parent, name, out var node);
        found = new ModelPath(parent, name, node, trimmed.Length < path.Length);
        return missing;
    }

    private static Errno Find(ModelNode folder, string name, out ModelNode? node)
    {
        folder.Children.TryGetValue(name, out node);
        if (node is not null) return Errno.Success;
        if (folder.IsRemoved) return Errno.NotFound;
        return Encoding.UTF8.GetByteCount(name) > MostNameBytes ? Errno.NameTooLong : Errno.Success;
    }
}
