using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>
/// Memory without a name in any folder, by which three processes of one build hand on a module and what becomes of it: the launcher puts
/// the module in, the translator reads it and puts in what it made, the command reads all. Nobody else has its descriptors: one of a file
/// that is the image, as the runtime loads it, and one of
/// <code>
/// "COFTRAN", version | lengths of module and record, and what code is made: 32 bits each | 0 | the translator's build | module | record, where
/// a page begins
/// </code>
/// The length of the record is 0 until all is there.
/// </summary>
internal sealed unsafe partial class TranslationFile
{
    private const uint CloseOnExec = 1;
    private const int BuildOffset = 6 * sizeof(int), BuildBytes = 16, HeaderBytes = BuildOffset + BuildBytes, PageBytes = 1 << 12;

    // The modes of memory have two bits.
    private const int FuelBit = 4;

    private readonly int[] header = new int[HeaderBytes / sizeof(int)];

    private TranslationFile(int descriptor, int imageDescriptor) => (Descriptor, ImageDescriptor) = (descriptor, imageDescriptor);

    private static ReadOnlySpan<byte> Magic => "COFTRAN\x01"u8;

    /// <summary>The descriptor of the module and the record.</summary>
    public int Descriptor { get; }

    /// <summary>The descriptor of the image.</summary>
    public int ImageDescriptor { get; }

    /// <summary>Where the image can be loaded from in a process that has it.</summary>
    public string ImagePath => "/proc/self/fd/" + ImageDescriptor.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How accesses to memory are kept inside it: the place of the word in the command's option.</summary>
    public int Memory => header[4] & (FuelBit - 1);

    /// <summary>Whether code counts fuel.</summary>
    public bool ConsumesFuel => (header[4] & FuelBit) != 0;

    /// <summary>Which build of the engine the translator has.</summary>
    public Guid Build => new(Header[BuildOffset..]);

    // Where mappings may begin.
    private long RecordStart => (HeaderBytes + (long)header[2] + PageBytes - 1) / PageBytes * PageBytes;

    /// <summary>Puts a module into new memory; null when the system has none.</summary>
    public static TranslationFile? Create(ReadOnlySpan<byte> module, int memory, bool consumesFuel)
    {
        int descriptor, image;
        fixed (byte* name = "coffer-translation\0"u8) (descriptor, image) = (CreateMemory(name, CloseOnExec), CreateMemory(name, CloseOnExec));
        var file = new TranslationFile(descriptor, image);
        Magic.CopyTo(file.Header);
        (file.header[2], file.header[4]) = (module.Length, memory | (consumesFuel ? FuelBit : 0));
        if (descriptor >= 0 && image >= 0 && Write(descriptor, module, HeaderBytes) && file.WriteHeader()) return file;
        file.Close();
        return null;
    }

    /// <summary>The memory behind descriptors; null when it is none of this kind.</summary>
    public static TranslationFile? Open(int descriptor, int imageDescriptor)
    {
        var file = new TranslationFile(descriptor, imageDescriptor);
        fixed (byte* start = file.Header)
        {
            if (ReadAt(descriptor, start, HeaderBytes, 0) != HeaderBytes) return null;
        }

        return file.Header.StartsWith(Magic) && file.header[2] >= 0 && file.header[3] >= 0 ? file : null;
    }

    /// <summary>The module, for as long as the process lives; no bytes when it cannot be read.</summary>
    public MappedBytes MapModule() => MappedBytes.Of(Descriptor, HeaderBytes, header[2]);

    /// <summary>What belongs to the code, for as long as the process lives; no bytes when it is not there, or cannot be read.</summary>
    public MappedBytes MapRecord() => header[3] == 0 ? default : MappedBytes.Of(Descriptor, RecordStart, header[3]);

    /// <summary>Puts in what was made of the module, and by which build of the engine; false when the system refuses.</summary>
    public bool Complete(ReadOnlySpan<byte> record, ReadOnlySpan<byte> image, Guid build)
    {
        header[3] = record.Length;
        build.TryWriteBytes(Header[BuildOffset..]);
        return Write(ImageDescriptor, image, 0) && Write(Descriptor, record, RecordStart) && WriteHeader();
    }

    /// <summary>Has no further part in it; what is mapped or loaded stays.</summary>
    public void Close()
    {
        Handover.Close(Descriptor);
        Handover.Close(ImageDescriptor);
    }

    private Span<byte> Header => MemoryMarshal.AsBytes(header.AsSpan());

    private bool WriteHeader() => Write(Descriptor, Header, 0);

    private static bool Write(int descriptor, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var count = WriteAt(descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0) return false;
                done += count;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create")]
    private static partial int CreateMemory(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "pread64")]
    private static partial nint ReadAt(int descriptor, byte* destination, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64")]
    private static partial nint WriteAt(int descriptor, byte* source, nuint length, long offset);
}
