using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// A memory instance (specification, section 4.2.8). It never moves, so compiled code loads <see cref="Base"/> once. It
/// has no finalizer: running guest code holds nothing but the address, so only its store knows when nobody runs.
/// </summary>
internal sealed unsafe class LinearMemory : IDisposable
{
    private static int s_alive;

    private readonly Lock _lock = new();
    private readonly MemoryRegion _region;
    private readonly ResourceLimiter? _limiter;
    private readonly ulong _maximumPages;
    private bool _disposed;

    /// <summary>The address of byte 0. Read by compiled code.</summary>
    internal readonly nint Base;

    /// <summary>The current length. Read by compiled code, with volatile semantics when the memory is shared.</summary>
    internal ulong ByteLength;

    /// <summary>
    /// Where accesses of 2, 4, 8 and 16 bytes may no longer begin (those of one byte: at the length): what compiled code with
    /// checks compares an address with, in one operation.
    /// </summary>
    internal ulong End2, End4, End8, End16;

    private LinearMemory(
        MemoryType type, MemoryRegion region, ulong byteLength, ulong maximumPages, ResourceLimiter? limiter)
    {
        Type = type;
        _region = region;
        _limiter = limiter;
        _maximumPages = maximumPages;
        Waiters = type.Limits.IsShared ? new WaiterQueue() : null;
        Base = region.Start;
        SetLength(byteLength);
    }

    private void SetLength(ulong bytes)
    {
        Volatile.Write(ref ByteLength, bytes);
        Volatile.Write(ref End2, EndOf(bytes, 2));
        Volatile.Write(ref End4, EndOf(bytes, 4));
        Volatile.Write(ref End8, EndOf(bytes, 8));
        Volatile.Write(ref End16, EndOf(bytes, 16));
    }

    private static ulong EndOf(ulong bytes, ulong width) => bytes < width ? 0 : bytes - width + 1;

    public MemoryType Type { get; }

    public bool IsShared => Type.Limits.IsShared;

    /// <summary>Whether an access beyond the end faults, so that code without checks may use the memory.</summary>
    public bool IsGuarded => _region.IsGuarded;

    /// <summary>What it was mapped from at first; null when its content was copied.</summary>
    public MemoryImage? Image => _region.Image;

    public ulong PageCount => Volatile.Read(ref ByteLength) >> Type.PageSizeLog2;

    /// <summary>Who waits in <c>memory.atomic.wait</c>; null unless the memory is shared.</summary>
    public WaiterQueue? Waiters { get; }

    /// <summary>
    /// Whether memories of a type are guarded under these options: what code compiled for them may rely on. The answer
    /// stays the same for the life of the process.
    /// </summary>
    /// <exception cref="ExhaustionException">Guarded memory was demanded and is not to be had.</exception>
    public static bool UsesGuard(MemoryType type, MemoryOptions options)
    {
        if (options.Mode == MemoryMode.Checked || type.Limits.Is64 || type.PageSizeLog2 != 16)
            return false;
        if (MemoryArena.TryGet(options, out var refusal) is not null)
            return true;
        return options.Mode == MemoryMode.Auto
            ? false
            : throw new ExhaustionException(
                ExhaustionKind.System,
                $"guarded memory is not available: {refusal}; {nameof(MemoryMode)}.{nameof(MemoryMode.Auto)} would use "
                + "checked memory instead");
    }

    /// <summary>A memory of the type's minimal size: zeros, and the content that it has at first.</summary>
    /// <exception cref="ExhaustionException">The limiter or the system refuses it.</exception>
    public static LinearMemory Create(
        MemoryType type, MemoryOptions options, ResourceLimiter? limiter = null, InitialContent? content = null)
    {
        var minimum = type.Limits.Minimum;
        if (minimum > AddressablePages(type) || minimum > ulong.MaxValue >> type.PageSizeLog2)
            throw TooLarge(minimum, type);
        var bytes = minimum << type.PageSizeLog2;
        if (limiter is not null && !limiter.TryChargeMemory(bytes))
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit, $"a memory of {bytes} bytes exceeds the store's limit");
        var isCounted = false;
        try
        {
            CountOneMore(options);
            isCounted = true;
            return Allocate(type, bytes, options, limiter, content);
        }
        catch
        {
            if (isCounted)
                Interlocked.Decrement(ref s_alive);
            limiter?.ReleaseMemory(bytes);
            throw;
        }
    }

    private static LinearMemory Allocate(
        MemoryType type, ulong bytes, MemoryOptions options, ResourceLimiter? limiter, InitialContent? content)
    {
        var maximum = Math.Min(type.Limits.Maximum ?? ulong.MaxValue, AddressablePages(type));
        var isGuarded = UsesGuard(type, options);
        if (!isGuarded)
        {
            // What is not reserved now can never be had, since the memory does not move.
            var policy = type.Limits.Is64 ? options.Memory64ReservationBytes : options.ReservationBytes;
            maximum = Math.Max(type.Limits.Minimum, Math.Min(maximum, policy >> type.PageSizeLog2));
        }
        var image = content?.FindImage();
        var region = image?.TryTakeIdle();
        region ??= isGuarded ? MemoryArena.TryGet(options, out _)!.Take() : ReserveChecked(bytes, maximum << type.PageSizeLog2);
        region.WantsLargePages = options.LargePages;
        Prepare(region, bytes, image);
        if (region.Image is null)
            content?.CopyTo((byte*)region.Start, 0);
        return new LinearMemory(type, region, bytes, maximum, limiter);
    }

    /// <summary>Makes the first bytes of a region accessible, and puts the image there unless it has it.</summary>
    private static void Prepare(MemoryRegion region, ulong bytes, MemoryImage? image)
    {
        ExhaustionException? refusal = null;
        try
        {
            if (!region.TryPrepare(bytes))
                refusal = SystemRefusal.Exception(bytes, region.IsGuarded ? "a guarded memory" : "a checked memory");
        }
        catch (ExhaustionException exhausted)
        {
            refusal = exhausted;
        }
        if (refusal is not null)
        {
            region.Release();
            throw refusal;
        }
        if (image is not null && region.Image is null)
            _ = region.TryAttach(image);
    }

    /// <summary>
    /// <c>memory.grow</c>: the old size in pages, or -1 when the type, the limiter, the reservation or the system does
    /// not allow the new one.
    /// </summary>
    public long Grow(ulong deltaPages)
    {
        lock (_lock)
        {
            var oldBytes = ByteLength;
            var oldPages = oldBytes >> Type.PageSizeLog2;
            if (deltaPages == 0)
                return (long)oldPages;
            if (_disposed || oldPages > _maximumPages || deltaPages > _maximumPages - oldPages)
                return -1;
            var newPages = oldPages + deltaPages;
            if (newPages > ulong.MaxValue >> Type.PageSizeLog2)
                return -1;
            var newBytes = newPages << Type.PageSizeLog2;
            if (_limiter is not null && !_limiter.TryChargeMemory(newBytes - oldBytes))
                return -1;
            if (!_region.TryExtend(newBytes))
            {
                _limiter?.ReleaseMemory(newBytes - oldBytes);
                return -1;
            }
            // Released after the pages are accessible: whoever sees the new length may use all of it.
            SetLength(newBytes);
            return (long)oldPages;
        }
    }

    /// <summary>Whether a range lies inside the memory as it is now; no sum can overflow.</summary>
    public bool Contains(ulong offset, ulong length)
    {
        var byteLength = Volatile.Read(ref ByteLength);
        return offset <= byteLength && length <= byteLength - offset;
    }

    /// <summary>The address of a range, or a trap.</summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    public byte* GetPointer(ulong offset, ulong length)
    {
        if (!Contains(offset, length))
            ThrowOutOfBounds();
        return (byte*)Base + offset;
    }

    /// <summary>A range as a span, to be used before guest code runs again.</summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    public Span<byte> GetSpan(ulong offset, ulong length)
    {
        if (!TryGetSpan(offset, length, out var span))
            ThrowOutOfBounds();
        return span;
    }

    private void ThrowOutOfBounds()
    {
        ThrowIfDisposed();
        Trap.MemoryOutOfBounds();
    }

    /// <summary>A memory that was given back has no byte any more; the host is told why.</summary>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, typeof(Coffer.Memory));

    /// <summary>A range as a span; false when it is not inside the memory or longer than a span can be.</summary>
    public bool TryGetSpan(ulong offset, ulong length, out Span<byte> span)
    {
        if (length > int.MaxValue || !Contains(offset, length))
        {
            span = default;
            return false;
        }
        span = new Span<byte>((byte*)Base + offset, (int)length);
        return true;
    }

    /// <summary>Reads a number as the guest sees it: little-endian, at any alignment.</summary>
    /// <exception cref="TrapException">The number is not inside the memory.</exception>
    public T Read<T>(ulong offset) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var value = Unsafe.ReadUnaligned<T>(GetPointer(offset, (ulong)sizeof(T)));
        return BitConverter.IsLittleEndian ? value : ReverseEndianness(value);
    }

    /// <summary>Writes a number as the guest sees it: little-endian, at any alignment.</summary>
    /// <exception cref="TrapException">The number is not inside the memory.</exception>
    public void Write<T>(ulong offset, T value) where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        Unsafe.WriteUnaligned(
            GetPointer(offset, (ulong)sizeof(T)), BitConverter.IsLittleEndian ? value : ReverseEndianness(value));

    /// <summary>Gives the memory back. No guest code may run on it any more.</summary>
    public void Dispose()
    {
        ulong bytes;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            bytes = ByteLength;
            SetLength(0);
        }
        _region.Release();
        Interlocked.Decrement(ref s_alive);
        _limiter?.ReleaseMemory(bytes);
    }

    /// <summary>
    /// The most pages that addresses of the type reach. With pages of one byte the full range could not be counted in
    /// an address, hence one less.
    /// </summary>
    private static ulong AddressablePages(MemoryType type) => (type.Limits.Is64, type.PageSizeLog2) switch
    {
        (_, 0) => type.Limits.Is64 ? ulong.MaxValue : uint.MaxValue,
        (true, var log2) => 1UL << (64 - log2),
        (false, var log2) => 1UL << (32 - log2),
    };

    /// <summary>
    /// Reserves what the memory may grow to. Less will do, so the wish is halved while the system refuses it.
    /// </summary>
    private static MemoryRegion ReserveChecked(ulong bytes, ulong wanted)
    {
        MemoryRegion? region;
        while ((region = MemoryRegion.TryReserve(wanted)) is null && wanted > bytes)
            wanted = Math.Max(bytes, wanted / 2);
        return region ?? throw SystemRefusal.Exception(bytes, "a checked memory");
    }

    private static void CountOneMore(MemoryOptions options)
    {
        if (Interlocked.Increment(ref s_alive) <= options.MaximumMemories)
            return;
        Interlocked.Decrement(ref s_alive);
        throw new ExhaustionException(
            ExhaustionKind.System,
            $"{options.MaximumMemories} linear memories are alive in this process, and "
            + $"{nameof(MemoryOptions)}.{nameof(MemoryOptions.MaximumMemories)} allows no more");
    }

    private static ExhaustionException TooLarge(ulong pages, MemoryType type) => new(
        ExhaustionKind.System,
        $"a memory of {pages} pages of {1UL << type.PageSizeLog2} bytes is more than addresses can reach");

    private static T ReverseEndianness<T>(T value) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        MemoryMarshal.AsBytes(new Span<T>(ref value)).Reverse();
        return value;
    }
}
