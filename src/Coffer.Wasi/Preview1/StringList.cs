using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The arguments or the environment, as a C program gets them: pointers, and strings that end in NUL.
/// </summary>
internal sealed class StringList
{
    private readonly byte[][] strings;
    private readonly int totalBytes;
    private readonly Action onFirstUse;
    private int used;

    /// <param name="values">The strings.</param>
    /// <param name="what">What messages call them.</param>
    /// <param name="onFirstUse">Called once, when the guest first asks for them.</param>
    public StringList(string[] values, string what, Action onFirstUse)
    {
        this.onFirstUse = onFirstUse;
        strings = Array.ConvertAll(values, value => Encode(value, what));
        foreach (var text in strings) totalBytes = checked(totalBytes + text.Length);
    }

    public Errno GetSizes(Memory memory, int countPointer, int bytesPointer)
    {
        if (!memory.TryGet(bytesPointer, sizeof(uint), out _)) return Errno.Fault;
        var error = memory.Store(countPointer, (uint)strings.Length);
        return error != Errno.Success ? error : memory.Store(bytesPointer, (uint)totalBytes);
    }

    public Errno Get(Memory memory, int pointersPointer, int bytesPointer)
    {
        if (Interlocked.Exchange(ref used, 1) == 0) onFirstUse();
        if (!memory.TryGet(pointersPointer, checked(strings.Length * sizeof(uint)), out var pointers))
        {
            return Errno.Fault;
        }

        if (!memory.TryGet(bytesPointer, totalBytes, out var bytes)) return Errno.Fault;
        var offset = 0;
        for (var i = 0; i < strings.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(pointers[(i * sizeof(uint))..], (uint)bytesPointer + (uint)offset);
            strings[i].CopyTo(bytes[offset..]);
            offset += strings[i].Length;
        }

        return Errno.Success;
    }

    private static byte[] Encode(string value, string what) => value.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException($"{what} contains a NUL character, which no guest can receive.")
        : Encoding.UTF8.GetBytes(value + '\0');
}
