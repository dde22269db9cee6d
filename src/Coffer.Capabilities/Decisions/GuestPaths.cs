using System.Text;

namespace Coffer.Capabilities.Decisions;

/// <summary>Paths as guests see them, for messages and records; never for reaching a file.</summary>
internal static class GuestPaths
{
    private const int MostBytes = 4096;

    /// <summary>The path that a guest means, neither resolved nor shortened.</summary>
    public static string Combine(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> path)
    {
        // A path that was taken apart has NULs where its slashes were; no path of a guest contains any other.
        var text = Encoding.UTF8.GetString(path).Replace('\0', '/');
        if (text.StartsWith('/') || directory.IsEmpty) return text;
        var start = Encoding.UTF8.GetString(directory);
        if (text.Length == 0) return start;
        return start.EndsWith('/') ? start + text : $"{start}/{text}";
    }

    /// <summary>
    /// The one form of all the ways to say a path, such as <c>/data/x</c> for <c>./data//x</c>; null when it leads above
    /// the root. Relative paths start at the root, as for the libraries of guests. Only for places without links.
    /// </summary>
    public static string? Normalize(string path)
    {
        var components = new List<string>();
        foreach (var component in path.Split('/'))
        {
            if (component is "" or ".") continue;
            if (component != "..") components.Add(component);
            else if (components.Count == 0) return null;
            else components.RemoveAt(components.Count - 1);
        }

        return "/" + string.Join('/', components);
    }

    /// <summary>
    /// The path of a directory that was opened, kept from growing: a guest that opens one through the other, however it
    /// says them, would fill the host's memory with their names. What is left out of a long one is in its middle.
    /// </summary>
    /// <param name="path">The path, in UTF-8.</param>
    /// <param name="hasLinks">Whether <c>..</c> may lead elsewhere than back.</param>
    public static byte[] Bound(byte[] path, bool hasLinks)
    {
        if (path.Length <= MostBytes) return path;
        if (!hasLinks && Normalize(Encoding.UTF8.GetString(path)) is { } normal) path = Encoding.UTF8.GetBytes(normal);
        if (path.Length <= MostBytes) return path;
        // No component is as long as either part, so that both have a slash to be cut at.
        var head = path.AsSpan(0, MostBytes / 2);
        var tail = path.AsSpan(path.Length - MostBytes / 4);
        return [.. head[..head.LastIndexOf((byte)'/')], .. "/..."u8, .. tail[tail.IndexOf((byte)'/')..]];
    }

    /// <summary>Whether a directory of the guest holds a path, compared by components.</summary>
    public static bool Holds(string directory, string path)
    {
        var root = directory.TrimEnd('/');
        return path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');
    }
}
