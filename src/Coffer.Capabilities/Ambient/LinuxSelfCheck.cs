using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Compares where a descriptor is, as the kernel tells it afterwards, with where it may be.</summary>
internal static class LinuxSelfCheck
{
    private const int Attempts = 4;
    private static readonly byte[] Deleted = " (deleted)"u8.ToArray();

    /// <summary>
    /// Checks that what was opened lies beneath the directory. Somebody may have moved either meanwhile, so a path that
    /// seems to lead out is opened again: an escape stays one, what was moved away is no longer found. A path that leads
    /// out just once cannot be told from a move.
    /// </summary>
    /// <param name="directory">The directory that the path starts from.</param>
    /// <param name="path">The path, for the message.</param>
    /// <param name="opened">What was opened.</param>
    /// <param name="openAgain">Opens the path once more; negative when nothing is there now.</param>
    /// <exception cref="InvalidOperationException">The sandbox has a hole.</exception>
    public static void Require(int directory, string path, int opened, Func<int> openAgain)
    {
        if (LiesBeneath(directory, opened)) return;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var again = openAgain();
            if (again < 0) return;
            var beneath = LiesBeneath(directory, again);
            _ = Libc.Close(again);
            if (beneath) return;
        }

        throw new InvalidOperationException(
            $"sandbox escape: {path} led out of {Text(PathOf(directory))} to {Text(PathOf(opened))}");
    }

    /// <summary>Whether one descriptor is at or below another. Where the kernel does not tell, it cannot be checked.</summary>
    internal static bool LiesBeneath(int directory, int opened)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var root = PathOf(directory);
            var path = PathOf(opened);
            if (root.IsEmpty || path.IsEmpty || root.SequenceEqual("/"u8)) return true;
            if (path.StartsWith(root) && (path.Length == root.Length || path[root.Length] == '/')) return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> PathOf(int descriptor)
    {
        var name = Encoding.UTF8.GetBytes($"/proc/self/fd/{descriptor}\0");
        var path = new byte[2 * GuestPath.Capacity];
        var length = Libc.ReadLinkAt(-100, name, path);
        if (length <= 0) return [];
        var found = path.AsSpan(0, length);
        return found.EndsWith(Deleted) ? found[..^Deleted.Length] : found;
    }

    private static string Text(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path);
}
