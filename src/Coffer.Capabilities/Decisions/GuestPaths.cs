using System.Text;

namespace Coffer.Capabilities.Decisions;

/// <summary>Paths as guests see them, for messages and records; never for reaching a file.</summary>
internal static class GuestPaths
{
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

    /// <summary>Whether a directory of the guest holds a path, compared by components.</summary>
    public static bool Holds(string directory, string path)
    {
        var root = directory.TrimEnd('/');
        return path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');
    }
}
