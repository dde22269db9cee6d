using System.Globalization;
using Coffer.Images;
using Coffer.Native.Artifacts;

namespace Coffer.Native.Ambient;

/// <summary>
/// By what a cache knows that an entry of native code is as it was written (<see cref="SignedLines"/>), and where what it needs of it is: the
/// runtime maps the image, of which a short run touches little, and hashing it would read all of it. An entry without a seal that holds is
/// read and hashed as a whole. Linux only.
/// </summary>
/// <param name="Image">The image.</param>
/// <param name="RecordOffset">Where the record of the compilation begins.</param>
/// <param name="RecordBytes">How long it is.</param>
internal sealed record ArtifactSeal(NativeImage Image, int RecordOffset, int RecordBytes)
{
    /// <summary>What the names of seals end with.</summary>
    public const string Extension = ".seal";

    private const string PlacesName = "places";

    /// <summary>The path of the seal of an entry.</summary>
    /// <param name="entry">The path of the entry.</param>
    public static string PathOf(string entry) => System.IO.Path.ChangeExtension(entry, Extension);

    /// <summary>The seal of an entry, which counts as used; null when there is none that holds.</summary>
    /// <param name="entry">The path of the entry, in a folder that is the user's alone.</param>
    /// <param name="key">The key of the cache.</param>
    /// <param name="description">What the entry must have been made from and for.</param>
    public static ArtifactSeal? Find(string entry, ReadOnlySpan<byte> key, ArtifactDescription description)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var path = PathOf(entry);
        if (SignedLines.Read(path, key, out var used) is not { } lines) return null;
        if (SignedLines.StatusOf(entry) is not { } status || ArtifactDescription.Read(lines)?.Value(PlacesName) is not { } places) return null;
        if (!lines.AsSpan().SequenceEqual(Lines(description, status, places))) return null;
        SignedLines.CountUse(path, used);
        return Read(entry, places);
    }

    /// <summary>What the file of a seal has in it.</summary>
    /// <param name="status">What the system says of the entry in its place.</param>
    /// <param name="key">The key of the cache.</param>
    /// <param name="description">What the entry was made from and for.</param>
    public byte[] Sign(string status, ReadOnlySpan<byte> key, ArtifactDescription description) => SignedLines.Sign(
        Lines(description, status, string.Create(
            CultureInfo.InvariantCulture,
            $"{Image.MetadataAddress} {Image.NativeHeaderAddress} {Image.Bytes} {RecordOffset} {RecordBytes}")),
        key);

    private static byte[] Lines(ArtifactDescription description, string status, string places) =>
        description.With("entry", status).With(PlacesName, places).ToBytes();

    private static ArtifactSeal? Read(string entry, string places)
    {
        var numbers = new int[5];
        var words = places.Split(' ');
        if (words.Length != numbers.Length) return null;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }

        return new ArtifactSeal(new NativeImage(entry, numbers[0], numbers[1], numbers[2]), numbers[3], numbers[4]);
    }
}
