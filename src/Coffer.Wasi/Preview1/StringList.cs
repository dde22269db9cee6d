using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The arguments or the environment, as a C program gets them: pointers, and strings that end in NUL.
/// </summary>
internal sealed class StringList
{
    private readonly string what;
    private readonly Action onFirstUse;
    private Func<IReadOnlyList<KeyValuePair<string, string>>>? further;
    private byte[][] strings;
    private int used;

    /// <param name="values">The strings.</param>
    /// <param name="what">What messages call them.</param>
    /// <param name="onFirstUse">Called once, when the guest first asks for them.</param>
    /// <param name="further">Names and values that follow, made when the guest first asks.</param>
    public StringList(
        string[] values, string what, Action onFirstUse, Func<IReadOnlyList<KeyValuePair<string, string>>>? further = null)
    {
        this.what = what;
        this.onFirstUse = onFirstUse;
        this.further = further;
        strings = Array.ConvertAll(values, value => Encode(value, what));
    }

    private byte[][] Strings
    {
        get
        {
            if (further is null) return strings;
            var more = further();
            further = null;
            var all = new List<byte[]>(strings);
            foreach (var (name, value) in more) all.Add(Encode($"{name}={value}", what));
            return strings = [.. all];
        }
    }

    private static int BytesOf(byte[][] strings)
    {
        var total = 0;
        foreach (var text in strings) total = checked(total + text.Length);
        return total;
    }

    public Errno GetSizes(Memory memory, int countPointer, int bytesPointer)
    {
        if (!memory.TryGet(bytesPointer, sizeof(uint), out _)) return Errno.Fault;
        var strings = Strings;
        var error = memory.Store(countPointer, (uint)strings.Length);
        return error != Errno.Success ? error : memory.Store(bytesPointer, (uint)BytesOf(strings));
    }

    public Errno Get(Memory memory, int pointersPointer, int bytesPointer)
    {
        if (Interlocked.Exchange(ref used, 1) == 0) onFirstUse();
        var strings = Strings;
        if (!memory.TryGet(pointersPointer, checked(strings.Length * sizeof(uint)), out var pointers))
        {
            return Errno.Fault;
        }

        if (!memory.TryGet(bytesPointer, BytesOf(strings), out var bytes)) return Errno.Fault;
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
