using System.Text;

namespace Coffer.Wasi;

/// <summary>
/// Variables of one run, encoded as a guest gets them: what a request is told by, say, which is too much to be many objects. Not
/// thread-safe.
/// </summary>
public sealed class VariableBlock
{
    private byte[] bytes = new byte[1024];
    private int[] ends = new int[48];
    private int length;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>All of them, each as <c>name=value</c> with a NUL at its end.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    /// <summary>Where each of them ends.</summary>
    internal ReadOnlySpan<int> Ends => ends.AsSpan(0, Count);

    /// <summary>Adds a variable.</summary>
    /// <exception cref="ArgumentException">It contains a NUL character, which no guest can receive.</exception>
    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Contains('\0') || value.Contains('\0')) throw new ArgumentException("A variable contains a NUL character, which no guest can receive.");
        var needed = length + 3 * (name.Length + value.Length) + 2;
        if (needed > bytes.Length) Array.Resize(ref bytes, 2 * needed);
        length += Encoding.UTF8.GetBytes(name, bytes.AsSpan(length));
        bytes[length++] = (byte)'=';
        length += Encoding.UTF8.GetBytes(value, bytes.AsSpan(length));
        bytes[length++] = 0;
        if (Count == ends.Length) Array.Resize(ref ends, 2 * Count);
        ends[Count++] = length;
    }
}
