namespace Coffer.Cli.Audit;

/// <summary>Reads the lines of a stream of any length, keeping no more than one, and no more of it than is allowed.</summary>
internal sealed class LineReader(Stream stream, int maximumLength)
{
    private byte[] buffer = new byte[Math.Min(maximumLength + 1, 1 << 16)];
    private int start, end, searched;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads a line without its end.</summary>
    /// <param name="line">The line, valid until the next one is read; empty when it is too long.</param>
    /// <param name="isTooLong">Whether the line is longer than allowed; it is passed over.</param>
    /// <returns>False at the end of the stream.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool isTooLong)
    {
        isTooLong = false;
        while (true)
        {
            var length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (length >= 0) return Take(searched + length, 1, isTooLong, out line);
            searched = end;
            if (end - start == buffer.Length && !TryGrow())
            {
                isTooLong = true;
                start = end = searched = 0;
            }

            if (Fill()) continue;
            if (end > start || isTooLong) return Take(end, 0, isTooLong, out line);
            line = default;
            return false;
        }
    }

    private bool Take(int lineEnd, int separator, bool isTooLong, out ReadOnlySpan<byte> line)
    {
        line = isTooLong ? [] : buffer.AsSpan(start, lineEnd - start);
        start = searched = lineEnd + separator;
        Number++;
        return true;
    }

    private bool TryGrow()
    {
        if (buffer.Length > maximumLength) return false;
        Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maximumLength + 1));
        return true;
    }

    private bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end, searched) = (0, end - start, searched - start);
        }

        var read = stream.Read(buffer.AsSpan(end));
        end += read;
        return read > 0;
    }
}
