namespace Coffer.Binary;

/// <summary>Reads a module from a stream, never more than the limit allows.</summary>
internal static class ModuleStream
{
    private const int FirstChunk = 64 << 10;

    /// <summary>All bytes up to the end of the stream.</summary>
    /// <exception cref="ExhaustionException">There are more than <see cref="ModuleLimits.ModuleBytes"/>.</exception>
    public static ReadOnlyMemory<byte> Read(Stream stream, ModuleLimits limits)
    {
        var buffer = new byte[Math.Min(FirstChunk, Capacity(limits))];
        var length = 0;
        while (stream.Read(buffer, length, buffer.Length - length) is var count and > 0)
        {
            length += count;
            if (length == buffer.Length) buffer = Grow(buffer, limits);
        }

        return buffer.AsMemory(0, length);
    }

    /// <summary>All bytes up to the end of the stream.</summary>
    /// <exception cref="ExhaustionException">There are more than <see cref="ModuleLimits.ModuleBytes"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream, ModuleLimits limits, CancellationToken cancellation)
    {
        var buffer = new byte[Math.Min(FirstChunk, Capacity(limits))];
        var length = 0;
        while (await stream.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false) is var count and > 0)
        {
            length += count;
            if (length == buffer.Length) buffer = Grow(buffer, limits);
        }

        return buffer.AsMemory(0, length);
    }

    // One byte more than allowed, so that an excess is noticed.
    private static int Capacity(ModuleLimits limits) => (int)Math.Min(limits.ModuleBytes + 1L, Array.MaxLength);

    private static byte[] Grow(byte[] buffer, ModuleLimits limits)
    {
        var capacity = Capacity(limits);
        if (buffer.Length >= capacity)
        {
            ModuleLimits.ThrowExceeded(nameof(ModuleLimits.ModuleBytes), limits.ModuleBytes, buffer.Length, buffer.Length);
        }

        Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, capacity));
        return buffer;
    }
}
