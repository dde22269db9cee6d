using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The arguments or the environment, as a C program gets them: pointers, and strings that end in NUL.
/// </summary>
internal sealed class StringList
{
    private readonly Action onFirstUse;
    private readonly byte[][] strings;
    private readonly int stringBytes;
    private readonly Func<VariableBlock>? further;
    private VariableBlock? block;
    private int used;

    /// <param name="values">The strings.</param>
    /// <param name="what">What messages call them.</param>
    /// <param name="onFirstUse">Called once, when the guest first asks for them.</param>
    /// <param name="further">What follows them; made when the guest first asks.</param>
    public StringList(string[] values, string what, Action onFirstUse, Func<VariableBlock>? further = null)
    {
        this.onFirstUse = onFirstUse;
        this.further = further;
        strings = Array.ConvertAll(values, value => Encode(value, what));
        foreach (var text in strings) stringBytes = checked(stringBytes + text.Length);
    }

    private VariableBlock? Block => block ??= further?.Invoke();

    public Errno GetSizes(Memory memory, int countPointer, int bytesPointer)
    {
        if (!memory.TryGet(bytesPointer, sizeof(uint), out _)) return Errno.Fault;
        var error = memory.Store(countPointer, (uint)(strings.Length + (Block?.Count ?? 0)));
        return error != Errno.Success ? error : memory.Store(bytesPointer, (uint)(stringBytes + (Block?.Bytes.Length ?? 0)));
    }

    public Errno Get(Memory memory, int pointersPointer, int bytesPointer)
    {
        if (Interlocked.Exchange(ref used, 1) == 0) onFirstUse();
        var further = Block is { } some ? some.Ends : [];
        var furtherBytes = Block is { } same ? same.Bytes : [];
        if (!memory.TryGet(pointersPointer, checked((strings.Length + further.Length) * sizeof(uint)), out var pointers))
        {
            return Errno.Fault;
        }

        if (!memory.TryGet(bytesPointer, checked(stringBytes + furtherBytes.Length), out var bytes)) return Errno.Fault;
        var offset = 0;
        for (var i = 0; i < strings.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(pointers[(i * sizeof(uint))..], (uint)bytesPointer + (uint)offset);
            strings[i].CopyTo(bytes[offset..]);
            offset += strings[i].Length;
        }

        furtherBytes.CopyTo(bytes[offset..]);
        for (var i = 0; i < further.Length; i++)
        {
            var start = offset + (i == 0 ? 0 : further[i - 1]);
            BinaryPrimitives.WriteUInt32LittleEndian(pointers[((strings.Length + i) * sizeof(uint))..], (uint)bytesPointer + (uint)start);
        }

        return Errno.Success;
    }

    private static byte[] Encode(string value, string what) => value.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException($"{what} contains a NUL character, which no guest can receive.")
        : Encoding.UTF8.GetBytes(value + '\0');
}
