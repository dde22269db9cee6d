using System.Globalization;
using Coffer.Native.Artifacts;

namespace Coffer.Native.Ambient;

/// <summary>
/// An executable in a cache: a program, and a record by which the cache vouches for it (<see cref="SignedLines"/>). It has what the program
/// was made from and for, what the system says of the program when it is whole and on disk, and when something was last installed beside
/// the platform it was made with. Hashing the program at each start would take longer than many a guest.
/// </summary>
internal static class CachedExecutable
{
    /// <summary>What the names of programs end with.</summary>
    public const string ProgramExtension = ".run";

    /// <summary>What the names of records end with.</summary>
    public const string RecordExtension = ".record";

    private const string PlatformsName = "platforms";

    /// <summary>The path of the program of a description.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + ProgramExtension);

    /// <summary>The path of its record.</summary>
    public static string RecordOf(string folder, string name) => Path.Combine(folder, name + RecordExtension);

    /// <summary>The program that the cache vouches for, which counts as used; null when there is none.</summary>
    /// <param name="folder">The folder, which is the user's alone.</param>
    /// <param name="key">Its key.</param>
    /// <param name="description">What the program must have been made from and for.</param>
    public static string? Find(string folder, ReadOnlySpan<byte> key, ArtifactDescription description)
    {
        var name = description.Key;
        var (program, path) = (PathOf(folder, name), RecordOf(folder, name));
        if (SignedLines.Read(path, key, out var used) is not { } lines) return null;
        if (!lines.AsSpan().SequenceEqual(Describe(description, program, Platforms(lines)))) return null;
        SignedLines.CountUse(path, used);
        return program;
    }

    /// <summary>The record of a program that is in its place.</summary>
    /// <param name="description">What it was made from and for.</param>
    /// <param name="program">Its path.</param>
    /// <param name="platforms">The folder of the installed versions of the platform.</param>
    /// <param name="key">The key of the cache.</param>
    /// <exception cref="IOException">The program or the folder is not as it must be.</exception>
    public static byte[] Record(ArtifactDescription description, string program, string platforms, ReadOnlySpan<byte> key)
    {
        var lines = Describe(description, program, platforms)
            ?? throw new IOException($"The cache cannot vouch for {program}: it, or {platforms}, is not as it must be.");
        return SignedLines.Sign(lines, key);
    }

    /// <summary>The description in a record, with the lines about the file; null when the cache did not write it.</summary>
    public static ArtifactDescription? Read(string folder, string name, ReadOnlySpan<byte> key) =>
        SignedLines.Read(RecordOf(folder, name), key, out _) is { } lines ? ArtifactDescription.Read(lines) : null;

    private static byte[]? Describe(ArtifactDescription description, string program, string platforms)
    {
        if (SignedLines.StatusOf(program) is not { } file) return null;
        if (FileStatus.Of(platforms) is not { } installed) return null;
        return description
            .With("program", file)
            .With("installed", string.Create(CultureInfo.InvariantCulture, $"{installed.Modified}"))
            .With(PlatformsName, platforms)
            .ToBytes();
    }

    private static string Platforms(ReadOnlySpan<byte> lines) => ArtifactDescription.Read(lines)?.Value(PlatformsName) ?? "";
}
