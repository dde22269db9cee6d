using System.Runtime.CompilerServices;
using System.Text;

namespace Coffer.Opa.Values;

/// <summary>Writes values as JSON in many lines.</summary>
internal static class RegoIndenter
{
    // An indentation that a policy gives may be as long as it likes.
    private const int Longest = 64 << 20;

    public static byte[] Write(RegoValue value)
    {
        var output = new StringBuilder();
        Write(output, value, "\n", "  ");
        return Encoding.UTF8.GetBytes(output.ToString());
    }

    /// <summary>Writes a value whose lines begin with something, and are indented by something.</summary>
    public static void Write(StringBuilder output, RegoValue value, string line, string indent)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (output.Length > Longest) throw new FormatException($"the text is longer than {Longest} characters");
        switch (value)
        {
            case RegoObject { Count: > 0 } entries:
                output.Append('{');
                for (var i = 0; i < entries.Count; i++)
                {
                    var key = entries[i].Key is RegoString ? entries[i].Key : new RegoString(entries[i].Key.ToJson());
                    output.Append(i > 0 ? "," : "").Append(line).Append(indent).Append(key.ToJson()).Append(": ");
                    Write(output, entries[i].Value, line + indent, indent);
                }

                output.Append(line).Append('}');
                break;
            case RegoArray { Count: > 0 } or RegoSet { Count: > 0 }:
                var items = (IReadOnlyList<RegoValue>)value;
                output.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    output.Append(i > 0 ? "," : "").Append(line).Append(indent);
                    Write(output, items[i], line + indent, indent);
                }

                output.Append(line).Append(']');
                break;
            default:
                output.Append(value.ToJson());
                break;
        }
    }
}
