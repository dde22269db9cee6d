using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// A linear memory (specification, section 4.2.8). Every access by the host is checked against the current size. As
/// single-threaded as its store, unless its type is shared: then any thread may use it, and it lives until the last
/// store that uses it is disposed.
/// </summary>
public sealed class Memory
{
    private const int Gone = -1;

    // How many stores use it. Once none does it is given back to the system, and no store may have it any more.
    private int users;

    /// <summary>A new memory of a store.</summary>
    /// <exception cref="ExhaustionException">A limit of the store, or the system, refuses the size.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public Memory(Store store, MemoryType type)
        : this(store ?? throw new ArgumentNullException(nameof(store)), type ?? throw new ArgumentNullException(nameof(type)), null)
    {
    }

    /// <summary>A new memory that holds something at first.</summary>
    internal Memory(Store store, MemoryType type, InitialContent? content)
    {
        Store = store;
        Linear = LinearMemory.Create(type, store.Engine.Options.Memory, store.MemoryLimiter, content);
        try
        {
            store.Register(this);
        }
        catch
        {
            Linear.Dispose();
            throw;
        }
    }

    /// <summary>The store it was made for.</summary>
    public Store Store { get; }

    internal LinearMemory Linear { get; }

    /// <summary>The type it was declared with.</summary>
    public MemoryType Type => Linear.Type;

    /// <summary>The size in bytes.</summary>
    public ulong ByteLength => Linear.ByteLength;

    /// <summary>The size in pages.</summary>
    public ulong PageCount => Linear.PageCount;

    /// <summary>Grows the memory.</summary>
    /// <returns>The old size in pages, or -1 when its maximum or a limit forbids it.</returns>
    /// <exception cref="ObjectDisposedException">The memory went with its store.</exception>
    public long Grow(ulong pages)
    {
        Linear.ThrowIfDisposed();
        return Linear.Grow(pages);
    }

    /// <summary>
    /// The bytes from <paramref name="offset"/> on. Do not keep the span beyond the store's life; growth does not
    /// invalidate it, since memories never move.
    /// </summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="ObjectDisposedException">The memory went with its store.</exception>
    public Span<byte> GetSpan(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return Linear.GetSpan(offset, (ulong)length);
    }

    /// <summary>Like <see cref="GetSpan"/>, but false when the range is not inside the memory.</summary>
    public bool TryGetSpan(ulong offset, ulong length, out Span<byte> span) => Linear.TryGetSpan(offset, length, out span);

    /// <summary>Reads an integer in little-endian order.</summary>
    /// <exception cref="TrapException">The bytes are not inside the memory.</exception>
    public T Read<T>(ulong offset) where T : unmanaged, System.Numerics.IBinaryInteger<T> => Linear.Read<T>(offset);

    /// <summary>Writes an integer in little-endian order.</summary>
    /// <exception cref="TrapException">The bytes are not inside the memory.</exception>
    public void Write<T>(ulong offset, T value) where T : unmanaged, System.Numerics.IBinaryInteger<T> => Linear.Write(offset, value);

    /// <summary>Copies bytes out of the memory.</summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    public byte[] ReadBytes(ulong offset, int length) => GetSpan(offset, length).ToArray();

    /// <summary>Reads UTF-8 text; malformed bytes become U+FFFD.</summary>
    /// <exception cref="TrapException">The range is not inside the memory.</exception>
    public string ReadUtf8(ulong offset, int length) => System.Text.Encoding.UTF8.GetString(GetSpan(offset, length));

    /// <summary>Keeps the memory alive for one more store; false when the last one has gone.</summary>
    internal bool TryAddUser()
    {
        while (true)
        {
            var before = Volatile.Read(ref users);
            if (before == Gone) return false;
            if (Interlocked.CompareExchange(ref users, before + 1, before) == before) return true;
        }
    }

    internal void RemoveUser()
    {
        if (Interlocked.Decrement(ref users) == 0 && Interlocked.CompareExchange(ref users, Gone, 0) == 0) Linear.Dispose();
    }
}
