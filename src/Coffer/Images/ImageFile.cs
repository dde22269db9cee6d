using System.Buffers.Binary;
using System.Text;

namespace Coffer.Images;

/// <summary>
/// Writes an image as the portable executable that the runtime and its compilers read (ECMA-335, II.25): CIL alone, for any
/// processor. It has what Windows wants of one: an entry that calls <c>mscoree.dll</c>, and the relocation of that.
/// </summary>
internal static class ImageFile
{
    private const int FileAlignment = 0x200, SectionAlignment = 0x2000, ImageBase = 0x40_0000;
    private const int SignatureOffset = 0x80, HeaderBytes = SignatureOffset + 4 + 20 + 224 + (2 * 40);
    private const int AddressTableBytes = 8, RuntimeHeaderBytes = 72, RelocationBytes = 12;
    private const ushort Executable = 0x0002, Library = 0x2000;

    // Addresses within the image: of the first section, and of what it begins with.
    private const uint TextAddress = SectionAlignment, RuntimeHeaderAddress = TextAddress + AddressTableBytes;
    private const uint CodeAddress = RuntimeHeaderAddress + RuntimeHeaderBytes;

    private const string ImportedLibrary = "mscoree.dll";

    /// <summary>The bytes of an image.</summary>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="bodies">The bodies of its methods.</param>
    /// <param name="data">What fields stand for; null for nothing.</param>
    /// <param name="entryPoint">The token of the method that a program starts with; 0 for an image that is no program.</param>
    public static byte[] Write(MetadataTables metadata, MethodBodies bodies, MetadataBlob? data = null, int entryPoint = 0)
    {
        bodies.Align();
        // The data in front of the metadata, which says where it is.
        var dataAddress = Aligned(CodeAddress + (uint)bodies.Length, 8);
        var metadataAddress = Aligned(checked(dataAddress + (uint)(data?.Length ?? 0)), 4);
        var root = MetadataWriter.Write(metadata, CodeAddress, dataAddress);
        var import = new Import(checked(metadataAddress + (uint)root.Length), entryPoint != 0);
        var textBytes = import.End - TextAddress;
        var relocationAddress = Aligned(import.End, SectionAlignment);
        var textFile = (uint)FileAlignment;
        var relocationFile = checked(textFile + Aligned(textBytes, FileAlignment));
        var file = new byte[relocationFile + FileAlignment];

        var headers = new FieldWriter(file);
        WriteFileHeader(ref headers, (ushort)(Executable | (entryPoint == 0 ? Library : 0)));
        WriteOptionalHeader(ref headers, textBytes, relocationAddress, import);
        WriteSection(ref headers, ".text", textBytes, TextAddress, Aligned(textBytes, FileAlignment), textFile, 0x6000_0020);
        WriteSection(ref headers, ".reloc", RelocationBytes, relocationAddress, FileAlignment, relocationFile, 0x4200_0040);

        var text = file.AsSpan((int)textFile);
        BinaryPrimitives.WriteUInt32LittleEndian(text, import.NameAddress);
        var runtime = new FieldWriter(text[AddressTableBytes..]);
        WriteRuntimeHeader(ref runtime, metadataAddress, (uint)root.Length, entryPoint);
        var position = (int)(CodeAddress - TextAddress);
        foreach (var piece in bodies.Pieces)
        {
            piece.Span.CopyTo(text[position..]);
            position += piece.Length;
        }

        if (data is not null) data.Written.CopyTo(text[(int)(dataAddress - TextAddress)..]);
        root.Written.CopyTo(text[(int)(metadataAddress - TextAddress)..]);
        import.Write(text[(int)(import.Start - TextAddress)..]);

        var relocation = new FieldWriter(file.AsSpan((int)relocationFile));
        var operand = import.EntryAddress + 2;
        relocation.UInt32(operand & ~0xFFFu);
        relocation.UInt32(RelocationBytes);
        relocation.UInt16((ushort)(0x3000 | (operand & 0xFFF)));
        return file;
    }

    private static uint Aligned(uint value, uint alignment) => checked(value + alignment - 1) & ~(alignment - 1);

    private static void WriteFileHeader(ref FieldWriter headers, ushort characteristics)
    {
        headers.UInt16(0x5A4D);
        headers.Skip(0x3C - 2);
        headers.UInt32(SignatureOffset);
        headers.Skip(SignatureOffset - 0x40);
        headers.UInt32(0x4550);
        headers.UInt16(0x14C);
        headers.UInt16(2);
        headers.Skip(12);
        headers.UInt16(224);
        headers.UInt16(characteristics);
    }

    private static void WriteOptionalHeader(ref FieldWriter headers, uint textBytes, uint relocationAddress, Import import)
    {
        headers.UInt16(0x10B);
        headers.UInt16(48);
        headers.UInt32(Aligned(textBytes, FileAlignment));
        headers.UInt32(FileAlignment);
        headers.UInt32(0);
        headers.UInt32(import.EntryAddress);
        headers.UInt32(TextAddress);
        headers.UInt32(relocationAddress);
        headers.UInt32(ImageBase);
        headers.UInt32(SectionAlignment);
        headers.UInt32(FileAlignment);
        // Versions of the system, of the image and of the subsystem.
        headers.UInt32(4);
        headers.UInt32(0);
        headers.UInt32(4);
        headers.UInt32(0);
        headers.UInt32(relocationAddress + SectionAlignment);
        headers.UInt32(FileAlignment);
        headers.UInt32(0);
        // A program of the console, wherever it is loaded, without executable data or handlers.
        headers.UInt16(3);
        headers.UInt16(0x8540);
        headers.UInt32(0x10_0000);
        headers.UInt32(0x1000);
        headers.UInt32(0x10_0000);
        headers.UInt32(0x1000);
        headers.UInt32(0);
        headers.UInt32(16);
        headers.Skip(8);
        headers.UInt32(import.Start);
        headers.UInt32(import.EntryAddress - import.Start);
        headers.Skip(3 * 8);
        headers.UInt32(relocationAddress);
        headers.UInt32(RelocationBytes);
        headers.Skip(6 * 8);
        headers.UInt32(TextAddress);
        headers.UInt32(AddressTableBytes);
        headers.Skip(8);
        headers.UInt32(RuntimeHeaderAddress);
        headers.UInt32(RuntimeHeaderBytes);
        headers.Skip(8);
    }

    private static void WriteSection(ref FieldWriter headers, string name, uint bytes, uint address, uint fileBytes, uint fileOffset, uint characteristics)
    {
        headers.Ascii(name);
        headers.Skip(8 - name.Length);
        headers.UInt32(bytes);
        headers.UInt32(address);
        headers.UInt32(fileBytes);
        headers.UInt32(fileOffset);
        headers.Skip(12);
        headers.UInt32(characteristics);
    }

    private static void WriteRuntimeHeader(ref FieldWriter runtime, uint metadataAddress, uint metadataBytes, int entryPoint)
    {
        runtime.UInt32(RuntimeHeaderBytes);
        runtime.UInt16(2);
        runtime.UInt16(5);
        runtime.UInt32(metadataAddress);
        runtime.UInt32(metadataBytes);
        // CIL alone.
        runtime.UInt32(1);
        runtime.UInt32((uint)entryPoint);
    }

    /// <summary>The import of the runtime's entry (II.25.3.1), and the code that jumps there.</summary>
    /// <param name="Start">Its address.</param>
    /// <param name="IsProgram">Whether the image is a program.</param>
    private readonly record struct Import(uint Start, bool IsProgram)
    {
        private const int DirectoryBytes = 40, LookupBytes = 8;

        private string Name => IsProgram ? "_CorExeMain" : "_CorDllMain";

        /// <summary>The address of the imported function's hint and name.</summary>
        public uint NameAddress => Start + DirectoryBytes + LookupBytes;

        private uint LibraryAddress => NameAddress + 2 + (uint)Name.Length + 1;

        /// <summary>The address of the jump. Its operand is aligned, as its relocation wants.</summary>
        public uint EntryAddress => Aligned(LibraryAddress + (uint)ImportedLibrary.Length + 1, 4) + 2;

        /// <summary>Where it ends.</summary>
        public uint End => EntryAddress + 6;

        public void Write(Span<byte> destination)
        {
            var fields = new FieldWriter(destination);
            fields.UInt32(Start + DirectoryBytes);
            fields.Skip(8);
            fields.UInt32(LibraryAddress);
            fields.UInt32(TextAddress);
            fields.Skip(DirectoryBytes - 20);
            fields.UInt32(NameAddress);
            fields.Skip(4 + 2);
            fields.Ascii(Name);
            fields.Skip(1);
            fields.Ascii(ImportedLibrary);
            var entry = new FieldWriter(destination[(int)(EntryAddress - Start)..]);
            entry.UInt16(0x25FF);
            entry.UInt32(ImageBase + TextAddress);
        }
    }

    /// <summary>Writes one field after the other into what is zero.</summary>
    private ref struct FieldWriter(Span<byte> rest)
    {
        private Span<byte> rest = rest;

        public void Skip(int bytes) => rest = rest[bytes..];

        public void UInt16(ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, value);
            Skip(2);
        }

        public void UInt32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
            Skip(4);
        }

        public void Ascii(string text) => Skip(Encoding.ASCII.GetBytes(text, rest));
    }
}
