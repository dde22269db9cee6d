using System.Diagnostics.CodeAnalysis;

namespace Coffer.Text;

/// <summary>The bytes of a text, and where its lines are.</summary>
internal sealed class SourceText(byte[] bytes)
{
    private int knownOffset;
    private int knownLine = 1;

    /// <summary>The text in UTF-8.</summary>
    public byte[] Bytes => bytes;

    /// <summary>The line of an offset, counted from 1. Cheap when offsets are asked for in rising order.</summary>
    public int LineOf(int offset)
    {
        if (offset < knownOffset) (knownOffset, knownLine) = (0, 1);
        for (; knownOffset < offset; knownOffset++)
        {
            if (EndsLine(knownOffset)) knownLine++;
        }

        return knownLine;
    }

    /// <summary>The column of an offset in characters, counted from 1.</summary>
    public int ColumnOf(int offset)
    {
        var column = 1;
        for (var i = offset - 1; i >= 0 && bytes[i] is not ((byte)'\n' or (byte)'\r'); i--)
        {
            // Continuation bytes belong to the character before them.
            if ((bytes[i] & 0xC0) != 0x80) column++;
        }

        return column;
    }

    /// <summary>An error at an offset.</summary>
    public MalformedException Error(int offset, string message) =>
        new(message, -1, LineOf(offset), ColumnOf(offset));

    [DoesNotReturn]
    public void Throw(int offset, string message) => throw Error(offset, message);

    // A line ends with LF, CR or CR LF (section 6.2.2).
    private bool EndsLine(int offset) => bytes[offset] switch
    {
        (byte)'\n' => true,
        (byte)'\r' => offset + 1 == bytes.Length || bytes[offset + 1] != (byte)'\n',
        _ => false,
    };
}
