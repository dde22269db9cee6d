using System.Buffers.Binary;
using System.Reflection.PortableExecutable;

namespace Coffer.Native.Ambient;

/// <summary>
/// An assembly file without its entry point. ILC keeps what can be reached from the entry of every assembly that has one,
/// not of the program alone.
/// </summary>
internal static class LibraryImage
{
    // ECMA-335, II.25.3.3: the header of the common language runtime.
    private const int EntryPointOffset = 20;

    /// <summary>The image of a file, as one that has no entry.</summary>
    /// <exception cref="BadImageFormatException">The file is no assembly.</exception>
    public static ImageInput Of(string file)
    {
        var bytes = File.ReadAllBytes(file);
        using var reader = new PEReader(new MemoryStream(bytes));
        var header = reader.PEHeaders.CorHeaderStartOffset;
        if (header < 0) throw new BadImageFormatException($"{file} is no assembly.");
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(header + EntryPointOffset), 0);
        return new ImageInput(Path.GetFileNameWithoutExtension(file), bytes);
    }
}
