using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    private const int HeaderSignature = 0x00525452, ImportSections = 101, ImportSectionBytes = 20;
    private const ushort CodeFlag = 0x4;
    private const byte DefinedMethod = 0x14;
    private const ushort JumpThroughMemory = 0x25FF;
    private const int JumpBytes = 6;

    // Functions that are first called late are found by the last looks, a minute later.
    private const int Looks = 11;

    // Later than most short programs end, which would only wait for it.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);

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
    /// <param name="metadataAddress">Where its metadata is, from the beginning of the image.</param>
    /// <param name="imageBytes">How much of memory the image takes.</param>
    public static NativeCallCells? Find(Assembly code, MethodBase known, int metadataAddress, int imageBytes)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !code.TryGetRawMetadata(out var metadata, out _)) return null;
        var cells = new NativeCallCells((nint)metadata - metadataAddress, imageBytes);

        // A file can be in memory in more than one layout. The one with the code is meant.
        RuntimeHelpers.PrepareMethod(known.MethodHandle);
        if (!cells.IsInside(TargetOf(known.MethodHandle.GetFunctionPointer()))) return null;
        using var reader = new PEReader((byte*)cells.image, imageBytes, isLoadedImage: true);
        if (reader.PEHeaders.CorHeader is not { } managed) return null;
        cells.ReadHeader(reader, managed.ManagedNativeHeaderDirectory);
        return cells.addresses.Count > 0 ? cells : null;
    }

    /// <summary>Looks at the cells now and then, for as long as a program takes to have called most of what it will call.</summary>
    /// <param name="find">Finds the cells, at the first look.</param>
    public static void BindInBackground(Func<NativeCallCells?> find)
    {
        var look = 0;
        Timer? timer = null;
        timer = new Timer(_ =>
        {
            if (find() is { } cells && ++look < Looks)
            {
                cells.Bind();
                timer!.Change(FirstLook * (1 << look), Timeout.InfiniteTimeSpan);
            }
            else
            {
                timer!.Dispose();
            }
        });
        timer.Change(FirstLook, Timeout.InfiniteTimeSpan);
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

    private void ReadHeader(PEReader file, DirectoryEntry native)
    {
        var header = file.GetSectionData(native.RelativeVirtualAddress).GetReader();
        if (header.ReadInt32() != HeaderSignature) return;
        header.Offset += 8;
        for (var count = header.ReadInt32(); count > 0; count--)
        {
            var (type, address, bytes) = (header.ReadInt32(), header.ReadInt32(), header.ReadInt32());
            if (type == ImportSections) ReadSections(file, file.GetSectionData(address).GetReader(0, bytes));
        }
    }

    private void ReadSections(PEReader file, BlobReader rows)
    {
        for (; rows.RemainingBytes >= ImportSectionBytes; rows.Offset += 4)
        {
            var (address, bytes, flags, _, entry) = (rows.ReadInt32(), rows.ReadInt32(), rows.ReadUInt16(), rows.ReadByte(), rows.ReadByte());
            var signatures = rows.ReadInt32();
            if ((flags & CodeFlag) == 0 || entry != sizeof(nint) || signatures == 0) continue;
            var signature = file.GetSectionData(signatures).GetReader();
            for (var end = address + bytes; address < end; address += entry)
            {
                if (file.GetSectionData(signature.ReadInt32()).GetReader(0, 1).ReadByte() == DefinedMethod) addresses.Add(address);
            }
        }
    }
}
