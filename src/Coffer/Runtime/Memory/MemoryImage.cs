namespace Coffer.Runtime;

/// <summary>
/// What a memory of one module holds at first, as a file that regions map privately: pages are shared until they are
/// written. Regions that have been given back keep it mapped, and wait here for the next instance of the module. When
/// nobody has the image any more, they go back to where they came from. Thread-safe.
/// </summary>
internal sealed unsafe class MemoryImage
{
    /// <summary>How many mappings it adds to a region: itself, and what is before it.</summary>
    public const int Mappings = 2;

    private const int MostIdle = 64;

    // Each is a file that is open; others need some as well.
    private const int MostImages = 512;

    private static readonly Lock AllLock = new();
    private static readonly List<WeakReference<MemoryImage>> All = [];

    private readonly IdleRegions _idle = new();
    private readonly int _file;

    private MemoryImage(ulong start, ulong bytes, int file, nint source)
    {
        Start = start;
        Bytes = bytes;
        _file = file;
        Source = source;
    }

    ~MemoryImage()
    {
        // Only regions that wait are left: those that are in use keep their image alive.
        while (_idle.TryTakeAny() is { } region)
        {
            if (region.TryDetach())
                region.ReleaseWithoutImage();
        }
        PosixMemory.Release(Source, Bytes);
        _ = PosixMemory.Close(_file);
    }

    /// <summary>The first byte of a memory that it covers; a multiple of the system's page.</summary>
    public ulong Start { get; }

    /// <summary>How many bytes it covers; a multiple of the system's page.</summary>
    public ulong Bytes { get; }

    /// <summary>Where its bytes can be read.</summary>
    public nint Source { get; }

    /// <summary>An image of some content, or null when the system has no such files, or no room.</summary>
    public static MemoryImage? TryCreate(InitialContent content)
    {
        if (!OperatingSystem.IsLinux() || PosixMemory.IsAddressSpaceLimited || HasEnough())
            return null;
        var page = MemoryRegion.PageBytes;
        var start = content.Start & ~(page - 1);
        var bytes = (content.End - start + page - 1) & ~(page - 1);
        var file = MemoryFile.TryCreate(bytes, view => content.CopyTo((byte*)view, start));
        if (file < 0)
            return null;
        var source = PosixMemory.TryMapReadOnly(bytes, file);
        if (source == 0)
        {
            _ = PosixMemory.Close(file);
            return null;
        }
        var image = new MemoryImage(start, bytes, file, source);
        lock (AllLock)
            All.Add(new WeakReference<MemoryImage>(image, trackResurrection: true));
        return image;
    }

    private static bool HasEnough()
    {
        lock (AllLock)
        {
            All.RemoveAll(one => !one.TryGetTarget(out _));
            return All.Count >= MostImages;
        }
    }

    /// <summary>Maps it over a part of a memory, which changes to its bytes.</summary>
    public bool TryMap(nint memory) => PosixMemory.TryMapPrivate(memory + (nint)Start, Bytes, _file);

    /// <summary>A region that carries it, or null.</summary>
    public MemoryRegion? TryTakeIdle() => _idle.TryTake();

    /// <summary>Keeps a region that carries it and holds nothing else; false when there are enough.</summary>
    public bool TryKeep(MemoryRegion region) => _idle.TryKeep(region, MostIdle);

    /// <summary>A slot of the arena that waits for an instance of whatever module, without its image; or null.</summary>
    public static MemoryRegion? TryReclaimSlot()
    {
        lock (AllLock)
        {
            foreach (var one in All)
            {
                if (one.TryGetTarget(out var image) && image._idle.TryTakeAny() is { } region)
                {
                    if (region.IsGuarded && region.TryDetach())
                        return region;
                    region.Release();
                }
            }
        }
        return null;
    }
}
