using System.Buffers.Binary;

namespace Coffer.Native.Artifacts;

/// <summary>
/// A native image and what belongs to it, in one file that the runtime can load as it is:
/// <code>
/// native image (PE) | module | record of the compilation | description | footer
/// footer: "COFFER", 0, version | four lengths, 32 bits each, little endian | HMAC-SHA256 of the hash of all before it
/// </code>
/// Loaders of PE files ignore what follows the last section. Caches leave the module out: whoever asks has it.
/// </summary>
internal sealed class Artifact
{
    /// <summary>What the file names end with.</summary>
    public const string FileExtension = ".cof";

    private const int FooterBytes = 8 + (4 * sizeof(uint)) + Sha256.Size;

    private readonly ReadOnlyMemory<byte> file;

    private Artifact(ReadOnlyMemory<byte> file, ArtifactDescription description, int image, int module, int record)
    {
        this.file = file;
        Description = description;
        Image = file[..image];
        Module = file.Slice(image, module);
        Record = file.Slice(image + module, record);
    }

    private static ReadOnlySpan<byte> Magic => "COFFER\0\x02"u8;

    /// <summary>The native image.</summary>
    public ReadOnlyMemory<byte> Image { get; }

    /// <summary>The module in the binary format; empty in caches.</summary>
    public ReadOnlyMemory<byte> Module { get; }

    /// <summary>What the engine needs besides the code.</summary>
    public ReadOnlyMemory<byte> Record { get; }

    /// <summary>What the code was made from and for.</summary>
    public ArtifactDescription Description { get; }

    /// <summary>Whether bytes begin as an artifact does; cheap, and says nothing more.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> file) => file.StartsWith("MZ"u8);

    /// <summary>The parts of a file, believing nothing of it.</summary>
    /// <exception cref="InvalidDataException">It is no artifact of this version.</exception>
    public static Artifact Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < FooterBytes) throw new InvalidDataException("The file is too short for an artifact.");
        var footer = file.Span[^FooterBytes..];
        if (!footer.StartsWith(Magic[..7])) throw new InvalidDataException("The file does not end as an artifact does; perhaps it was cut short.");
        if (footer[7] != Magic[7]) throw new InvalidDataException($"The artifact has format version {footer[7]}, not {Magic[7]}.");
        Span<uint> lengths = stackalloc uint[4];
        ulong total = FooterBytes;
        for (var i = 0; i < lengths.Length; i++) total += lengths[i] = BinaryPrimitives.ReadUInt32LittleEndian(footer[(8 + (i * sizeof(uint)))..]);
        if (total != (ulong)file.Length) throw new InvalidDataException("The lengths in the artifact do not add up to its own.");
        var description = ArtifactDescription.Read(file.Span.Slice(file.Length - FooterBytes - (int)lengths[3], (int)lengths[3]))
            ?? throw new InvalidDataException("The artifact's description is damaged.");
        return new Artifact(file, description, (int)lengths[0], (int)lengths[1], (int)lengths[2]);
    }

    /// <summary>Puts a file together and signs it.</summary>
    public static byte[] Write(
        ReadOnlySpan<byte> image, ReadOnlySpan<byte> module, ReadOnlySpan<byte> record, ArtifactDescription description, ReadOnlySpan<byte> key)
    {
        var lines = description.ToBytes();
        var file = new byte[checked(image.Length + module.Length + record.Length + lines.Length + FooterBytes)];
        var rest = file.AsSpan();
        Put(image, ref rest);
        Put(module, ref rest);
        Put(record, ref rest);
        Put(lines, ref rest);
        Put(Magic, ref rest);
        foreach (var length in new[] { image.Length, module.Length, record.Length, lines.Length })
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, length);
            rest = rest[sizeof(int)..];
        }

        Sha256.Authenticate(key, ContentHash.Of(file.AsSpan(0, file.Length - Sha256.Size))).CopyTo(rest);
        return file;
    }

    /// <summary>Whether it is just as somebody who has the key wrote it.</summary>
    public bool IsSignedBy(ReadOnlySpan<byte> key)
    {
        var code = Sha256.Authenticate(key, ContentHash.Of(file.Span[..^Sha256.Size]));
        var difference = 0;

        // In a time that does not tell where they differ.
        for (var i = 0; i < code.Length; i++) difference |= code[i] ^ file.Span[file.Length - Sha256.Size + i];
        return difference == 0;
    }

    private static void Put(ReadOnlySpan<byte> part, ref Span<byte> rest)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }
}
