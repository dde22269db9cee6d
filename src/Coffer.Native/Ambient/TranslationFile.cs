using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>
/// Memory without a name in any folder, by which three processes of one build hand on a module and what becomes of it: the launcher puts
/// the module in, the translator reads it and puts in what it made, the command reads all. Nobody else has its descriptor.
/// <code>
/// "COFTRAN", version | lengths of module, record and image, and what code is made: 32 bits each | module | record | image
/// </code>
/// The lengths of record and image are 0 until both are there.
/// </summary>
internal sealed unsafe partial class TranslationFile
{
    private const int CloseOnExec = 0x1, CloseOnExecOfPipe = 0x80000;
    private const int SetDescriptorFlags = 2;
    private const int HeaderBytes = 8 * sizeof(int);

    // The modes of memory have two bits.
    private const int FuelBit = 4;

    private readonly int[] header = new int[HeaderBytes / sizeof(int)];

    private TranslationFile(int descriptor) => Descriptor = descriptor;

    private static ReadOnlySpan<byte> Magic => "COFTRAN\x01"u8;

    /// <summary>The descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>How accesses to memory are kept inside it: the place of the word in the command's option.</summary>
    public int Memory => header[5] & (FuelBit - 1);

    /// <summary>Whether code counts fuel.</summary>
    public bool ConsumesFuel => (header[5] & FuelBit) != 0;

    /// <summary>Puts a module into new memory; null when the system has none.</summary>
    public static TranslationFile? Create(ReadOnlySpan<byte> module, int memory, bool consumesFuel)
    {
        int descriptor;
        fixed (byte* name = "coffer-translation\0"u8) descriptor = CreateMemory(name, CloseOnExec);
        if (descriptor < 0) return null;
        var file = new TranslationFile(descriptor);
        Magic.CopyTo(file.Header);
        (file.header[2], file.header[5]) = (module.Length, memory | (consumesFuel ? FuelBit : 0));
        if (file.Write(module, HeaderBytes) && file.WriteHeader()) return file;
        file.Close();
        return null;
    }

    /// <summary>The memory behind a descriptor; null when it is none of this kind.</summary>
    public static TranslationFile? Open(int descriptor)
    {
        var file = new TranslationFile(descriptor);
        return file.ReadInto(file.Header, 0) && file.Header.StartsWith(Magic) && file.header[2] >= 0 && file.header[3] >= 0 && file.header[4] >= 0
            ? file
            : null;
    }

    /// <summary>The module; null when it cannot be read.</summary>
    public byte[]? ReadModule() => Read(HeaderBytes, header[2]);

    /// <summary>What belongs to the code; null when it is not there yet, or cannot be read.</summary>
    public byte[]? ReadRecord() => header[3] > 0 ? Read(HeaderBytes + (long)header[2], header[3]) : null;

    /// <summary>The image; null when it is not there yet, or cannot be read.</summary>
    public byte[]? ReadImage() => header[4] > 0 ? Read(HeaderBytes + (long)header[2] + header[3], header[4]) : null;

    /// <summary>Puts in what was made of the module; false when the system refuses.</summary>
    public bool Complete(ReadOnlySpan<byte> record, ReadOnlySpan<byte> image)
    {
        var start = HeaderBytes + (long)header[2];
        if (!Write(record, start) || !Write(image, start + record.Length)) return false;
        (header[3], header[4]) = (record.Length, image.Length);
        return WriteHeader();
    }

    /// <summary>Has no further part in it.</summary>
    public void Close() => _ = CloseDescriptor(Descriptor);

    /// <summary>A pipe whose ends close when this process becomes another program; false when there can be none.</summary>
    public static bool TryCreatePipe(out int readEnd, out int writeEnd)
    {
        var ends = stackalloc int[2];
        var succeeded = CreatePipe(ends, CloseOnExecOfPipe) == 0;
        (readEnd, writeEnd) = (ends[0], ends[1]);
        return succeeded;
    }

    /// <summary>Has a descriptor stay when this process becomes another program.</summary>
    public static void Keep(int descriptor) => _ = SetFlags(descriptor, SetDescriptorFlags, 0);

    /// <summary>Has a descriptor close when this process becomes another program.</summary>
    public static void CloseLater(int descriptor) => _ = SetFlags(descriptor, SetDescriptorFlags, CloseOnExec);

    /// <summary>Says through a pipe that all is there.</summary>
    public static void Tell(int writeEnd)
    {
        byte done = 1;
        _ = WriteTo(writeEnd, &done, 1);
    }

    /// <summary>Waits until that is said; false when whoever should say it has ended. Closes the end of the pipe.</summary>
    public static bool Wait(int readEnd)
    {
        const int interrupted = 4;
        byte done = 0;
        nint count;
        do count = ReadFrom(readEnd, &done, 1);
        while (count < 0 && Marshal.GetLastSystemError() == interrupted);
        _ = CloseDescriptor(readEnd);
        return count == 1 && done == 1;
    }

    /// <summary>Takes the system's note of how a process ended that this one started, if it did; it is not waited for.</summary>
    public static void Reap(int process)
    {
        const int doNotWait = 1;
        int status;
        _ = WaitFor(process, &status, doNotWait);
    }

    private Span<byte> Header => MemoryMarshal.AsBytes(header.AsSpan());

    private bool WriteHeader() => Write(Header, 0);

    private byte[]? Read(long offset, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        return ReadInto(bytes, offset) ? bytes : null;
    }

    private bool ReadInto(Span<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var count = ReadAt(Descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0) return false;
                done += count;
            }
        }

        return true;
    }

    private bool Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                var count = WriteAt(Descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0) return false;
                done += count;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create")]
    private static partial int CreateMemory(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetFlags(int descriptor, int command, int flags);

    [LibraryImport("libc", EntryPoint = "pread64")]
    private static partial nint ReadAt(int descriptor, byte* destination, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64")]
    private static partial nint WriteAt(int descriptor, byte* source, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadFrom(int descriptor, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteTo(int descriptor, byte* source, nuint length);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
