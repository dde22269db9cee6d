using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Coffer.Opa.Values;

/// <summary>How a value is written.</summary>
internal enum RegoNotation
{
    /// <summary>JSON: sets are arrays, and keys are strings.</summary>
    Json,
    /// <summary>What policies read back as the same value.</summary>
    Rego,
    /// <summary>As messages show values: Rego's notation with a space after commas and colons.</summary>
    Shown,
}

/// <summary>Writes values as UTF-8.</summary>
internal static class RegoWriter
{
    private const int LargestKept = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? temporary;

    public static string WriteText(RegoValue value, RegoNotation notation) => Encoding.UTF8.GetString(Write(value, notation));

    public static byte[] Write(RegoValue value, RegoNotation notation)
    {
        var output = new ArrayBufferWriter<byte>(64);
        Write(output, value, notation);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A value as JSON, in bytes that are the caller's until the thread writes another value so.</summary>
    public static ReadOnlySpan<byte> WriteTemporarily(RegoValue value)
    {
        var output = temporary is { Capacity: < LargestKept } known ? known : temporary = new ArrayBufferWriter<byte>(1024);
        output.ResetWrittenCount();
        Write(output, value, RegoNotation.Json);
        return output.WrittenSpan;
    }

    private static void Write(ArrayBufferWriter<byte> output, RegoValue value, RegoNotation notation)
    {
        switch (value)
        {
            case RegoNull: output.Write("null"u8); break;
            case RegoBoolean boolean: output.Write(boolean.Value ? "true"u8 : "false"u8); break;
            case RegoNumber number: WriteUtf8(output, number.Text); break;
            case RegoString text: WriteString(output, text.Value); break;
            case RegoArray array: WriteItems(output, array, notation, "["u8, "]"u8); break;
            case RegoSet set when notation == RegoNotation.Json: WriteItems(output, set, notation, "["u8, "]"u8); break;
            case RegoSet { Count: 0 }: output.Write("set()"u8); break;
            case RegoSet set: WriteItems(output, set, notation, "{"u8, "}"u8); break;
            case RegoObject entries: WriteEntries(output, entries, notation); break;
        }
    }

    private static void WriteItems(
        ArrayBufferWriter<byte> output, IReadOnlyList<RegoValue> items, RegoNotation notation, ReadOnlySpan<byte> start,
            ReadOnlySpan<byte> end)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        output.Write(start);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) output.Write(notation == RegoNotation.Shown ? ", "u8 : ","u8);
            Write(output, items[i], notation);
        }

        output.Write(end);
    }

    private static void WriteEntries(ArrayBufferWriter<byte> output, RegoObject entries, RegoNotation notation)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        output.Write("{"u8);
        for (var i = 0; i < entries.Count; i++)
        {
            var (key, value) = entries[i];
            if (i > 0) output.Write(notation == RegoNotation.Shown ? ", "u8 : ","u8);
            if (key is RegoString || notation != RegoNotation.Json) Write(output, key, notation);
            else WriteString(output, WriteText(key, RegoNotation.Json));
            output.Write(notation == RegoNotation.Shown ? ": "u8 : ":"u8);
            Write(output, value, notation);
        }

        output.Write("}"u8);
    }

    private static void WriteString(ArrayBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('"' or '\\' or < ' ')) continue;
            WriteUtf8(output, text.AsSpan(start, i - start));
            start = i + 1;
            output.Write(text[i] switch
            {
                '"' => "\\\""u8,
                '\\' => "\\\\"u8,
                '\n' => "\\n"u8,
                '\r' => "\\r"u8,
                '\t' => "\\t"u8,
                '\b' => "\\b"u8,
                '\f' => "\\f"u8,
                var control => Encoding.ASCII.GetBytes($"\\u{(int)control:x4}"),
            });
        }

        WriteUtf8(output, text.AsSpan(start));
        output.Write("\""u8);
    }

    private static void WriteUtf8(ArrayBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        var target = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, target));
    }
}
