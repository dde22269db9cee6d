using System.Text;

namespace Coffer.Fuzz.Wasi;

/// <summary>A call with its arguments, and what the guest puts into its memory before.</summary>
internal sealed record WasiCall(WasiFunction Function, long[] Arguments, (int Place, byte[] Bytes)[] Inputs)
{
    public string Name => Function.Name;

    public int Number(int index) => unchecked((int)Arguments[index]);

    public uint Pointer(int index) => unchecked((uint)Arguments[index]);

    /// <summary>The call as a report shows it: names are readable, other inputs are hexadecimal.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name).Append('(').AppendJoin(", ", Arguments).Append(')');
        foreach (var (place, bytes) in Inputs)
        {
            var isText = bytes.Length < 100 && bytes.All(value => value is > 31 and < 127);
            text.Append($" [{place}]=");
            text.Append(isText ? $"\"{Encoding.ASCII.GetString(bytes)}\"" : $"0x{Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 64)))}");
            if (!isText && bytes.Length > 64) text.Append($"… ({bytes.Length} bytes)");
        }

        return text.ToString();
    }
}
