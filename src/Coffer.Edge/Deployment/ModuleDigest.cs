namespace Coffer.Edge.Deployment;

/// <summary>The names of modules: the SHA-256 of their bytes. People and the API write <c>sha256:</c> before it.</summary>
internal static class ModuleDigest
{
    private const string Algorithm = "sha256:";

    /// <summary>Whether a text is the hexadecimal form of a digest.</summary>
    public static bool IsOne(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Passes a digest on, and nothing else: it becomes the name of a file.</summary>
    /// <exception cref="DeploymentException">It is none.</exception>
    public static string Check(string digest) => IsOne(digest) ? digest : throw Wrong(digest);

    /// <summary>Reads a digest as people write it.</summary>
    /// <exception cref="DeploymentException">It is none.</exception>
    public static string Parse(string text)
    {
        var digest = text.StartsWith(Algorithm, StringComparison.Ordinal) ? text[Algorithm.Length..] : text;
        return IsOne(digest) ? digest : throw Wrong(text);
    }

    /// <summary>A digest as people write it.</summary>
    public static string Format(string digest) => Algorithm + digest;

    private static DeploymentException Wrong(string text) =>
        new(DeploymentFailure.Invalid, $"\"{Shown(text)}\" is no digest of a module: sha256: and 64 digits of hexadecimal, in small letters");

    private static string Shown(string text) => new([.. text.Take(80).Select(unit => char.IsControl(unit) ? '?' : unit)]);
}
