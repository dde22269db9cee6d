using System.Buffers;

namespace Coffer.Capabilities.Ambient;

/// <summary>Which names are files, and nothing else, on every system.</summary>
internal static class PortableName
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\\:*?\"<>|");

    /// <summary>
    /// Whether a component can be a file's name. On Windows it must not be a device (<c>NUL</c>, <c>COM1.txt</c>,
    /// <c>LPT²</c>), a stream (<c>a:b</c>), another separator, or be shortened by the system (<c>a.</c>).
    /// </summary>
    /// <param name="name">The component.</param>
    /// <param name="windows">Whether the rules of Windows hold.</param>
    public static bool IsAcceptable(string name, bool windows)
    {
        if (!windows) return true;
        if (name.AsSpan().ContainsAny(Special) || name.Any(character => character < ' ')) return false;
        return name[^1] is not ('.' or ' ') && !IsDevice(name);
    }

    /// <summary>Whether a name may be the short form that Windows made of another one (<c>PROGRA~1</c>).</summary>
    public static bool MayBeShort(string name)
    {
        var tilde = name.IndexOf('~', StringComparison.Ordinal);
        return tilde >= 0 && tilde < name.Length - 1 && char.IsAsciiDigit(name[tilde + 1]);
    }

    internal static bool IsDevice(string name)
    {
        var stem = name.AsSpan();
        var end = stem.IndexOfAny('.', ':');
        if (end >= 0) stem = stem[..end];
        stem = stem.TrimEnd(' ');
        if (stem.Length == 3)
        {
            return Is(stem, "CON") || Is(stem, "PRN") || Is(stem, "AUX") || Is(stem, "NUL");
        }

        if (stem.Length == 4 && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³')
        {
            return Is(stem[..3], "COM") || Is(stem[..3], "LPT");
        }

        return Is(stem, "CONIN$") || Is(stem, "CONOUT$");
    }

    private static bool Is(ReadOnlySpan<char> left, string right) =>
        left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
