using System.Buffers.Binary;

namespace Coffer.Images;

/// <summary>A native image in a file, which nobody needs to keep in memory: the runtime maps what it uses of it.</summary>
/// <param name="Path">The file from which the runtime loads it.</param>
/// <param name="MetadataAddress">Where its metadata is in memory, counted from its beginning there.</param>
/// <param name="NativeHeaderAddress">Where the header of its machine code is, counted likewise.</param>
/// <param name="Bytes">How much of memory it takes.</param>
internal sealed record NativeImage(string Path, int MetadataAddress, int NativeHeaderAddress, int Bytes)
{
    // Places in the headers (PE format and ECMA-335, II.25).
    private const int SecondHeader = 0x3C, SectionCount = 6, OptionalHeaderBytes = 20, OptionalHeader = 24, ImageBytes = 56, ManagedDirectory = 112 + (14 * 8);
    private const int SectionBytes = 40, SectionAddress = 12, SectionLength = 16, SectionOffset = 20, MetadataDirectory = 8, NativeHeaderDirectory = 64;

    /// <summary>The image in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What is in it.</param>
    /// <exception cref="BadImageFormatException">It is no image of managed code.</exception>
    public static NativeImage Of(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            var headers = content[Number(content, SecondHeader)..];
            var managed = Number(headers, OptionalHeader + ManagedDirectory);
            var sections = headers[(OptionalHeader + BinaryPrimitives.ReadUInt16LittleEndian(headers[OptionalHeaderBytes..]))..];
            for (var count = BinaryPrimitives.ReadUInt16LittleEndian(headers[SectionCount..]); count > 0; count--, sections = sections[SectionBytes..])
            {
                var offset = managed - Number(sections, SectionAddress);
                if ((uint)offset >= (uint)Number(sections, SectionLength)) continue;
                var header = content[(Number(sections, SectionOffset) + offset)..];
                return new NativeImage(
                    path, Number(header, MetadataDirectory), Number(header, NativeHeaderDirectory), Number(headers, OptionalHeader + ImageBytes));
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            // It ends too early.
        }

        throw new BadImageFormatException("The file is no image of managed code.", path);
    }

    private static int Number(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);
}
