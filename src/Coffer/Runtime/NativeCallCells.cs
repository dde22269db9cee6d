using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coffer.Images;

namespace Coffer.Runtime;

/// <summary>
/// The cells through which functions of a native image call each other (ReadyToRun format: import sections of code). The
/// runtime fills each at its first call, with the address of a jump to the method, since a profiler that attaches later
/// might replace the method. Nothing replaces a guest's; so its cells can hold where the jump leads to.
/// </summary>
/// <remarks>
/// All that is read was written by the runtime and by its compiler. A cell is changed only when it holds an x86-64 jump
/// through memory that leads into the image itself; what looks different is left as it is.
/// </remarks>
internal sealed unsafe class NativeCallCells
{
    private const int HeaderSignature = 0x00525452, HeaderSections = 12, HeaderSectionBytes = 12, ImportSections = 101, ImportSectionBytes = 20;
    private const int CodeFlag = 0x4;
    private const byte DefinedMethod = 0x14;
    private const ushort JumpThroughMemory = 0x25FF;
    private const int JumpBytes = 6;

    private readonly nint image;
    private readonly int imageBytes;
    private readonly List<int> addresses = [];

    private int directCalls;

    private NativeCallCells(nint image, int imageBytes)
    {
        this.image = image;
        this.imageBytes = imageBytes;
    }

    /// <summary>How many cells were changed.</summary>
    public int DirectCalls => Volatile.Read(ref directCalls);

    /// <summary>
    /// The cells of an image that is loaded; null when it has none, or none that this knows. It is read where the runtime has it in memory, so that
    /// nobody need keep the file.
    /// </summary>
    /// <param name="code">What was loaded.</param>
    /// <param name="known">A method in it.</param>
    /// <param name="native">Where the parts of the image are.</param>
    public static NativeCallCells? Find(Assembly code, MethodBase known, NativeImage native)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !code.TryGetRawMetadata(out var metadata, out _)) return null;
        var cells = new NativeCallCells((nint)metadata - native.MetadataAddress, native.Bytes);

        // A file can be in memory in more than one layout. The one with the code is meant.
        RuntimeHelpers.PrepareMethod(known.MethodHandle);
        if (!cells.IsInside(TargetOf(known.MethodHandle.GetFunctionPointer()))) return null;
        try
        {
            cells.ReadHeader(native.NativeHeaderAddress);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }

        return cells.addresses.Count > 0 ? cells : null;
    }

    /// <summary>Lets the cells that the runtime has filled lead straight to methods of the image.</summary>
    public void Bind()
    {
        foreach (var address in addresses)
        {
            // What lies inside is bound already, or has not been called.
            ref var cell = ref *(nint*)(image + address);
            var code = Volatile.Read(ref cell);
            if (IsInside(code)) continue;
            var target = TargetOf(code);
            if (IsInside(target) && Interlocked.CompareExchange(ref cell, target, code) == code) Interlocked.Increment(ref directCalls);
        }
    }

    /// <summary>Where code jumps to that is nothing but a jump; 0 when it is something else.</summary>
    private static nint TargetOf(nint code) => *(ushort*)code == JumpThroughMemory
        ? Volatile.Read(ref *(nint*)(code + JumpBytes + *(int*)(code + sizeof(ushort))))
        : 0;

    private bool IsInside(nint address) => (nuint)(address - image) < (nuint)imageBytes;

    // The runtime has read all this when it loaded the image.
    private void ReadHeader(int address)
    {
        if (Number(address) != HeaderSignature) return;
        var sections = Number(address + HeaderSections);
        for (var row = address + HeaderSections + sizeof(int); sections > 0; sections--, row += HeaderSectionBytes)
        {
            if (Number(row) == ImportSections) ReadSections(Number(row + 4), Number(row + 8));
        }
    }

    // A row: address and length of the cells, flags (16 bits), type and size of a cell, where signatures are, and what is not used here.
    private void ReadSections(int row, int bytes)
    {
        for (var end = row + bytes; row <= end - ImportSectionBytes; row += ImportSectionBytes)
        {
            var (address, length, signature) = (Number(row), Number(row + 4), Number(row + 12));
            var (flags, entry) = (Number(row + 8) & 0xFFFF, Part(row + 11, 1)[0]);
            if ((flags & CodeFlag) == 0 || entry != sizeof(nint) || signature == 0) continue;
            for (var last = address + length; address < last; address += entry, signature += sizeof(int))
            {
                if (Part(Number(signature), 1)[0] == DefinedMethod) addresses.Add(address);
            }
        }
    }

    private int Number(int address) => MemoryMarshal.Read<int>(Part(address, sizeof(int)));

    private ReadOnlySpan<byte> Part(int address, int bytes) => new ReadOnlySpan<byte>((void*)image, imageBytes).Slice(address, bytes);
}
