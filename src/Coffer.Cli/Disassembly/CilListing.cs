using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Coffer.Cli.Disassembly;

/// <summary>The CIL of one method of an image as text.</summary>
internal sealed class CilListing
{
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    private readonly TokenNames tokens;
    private readonly byte[] code;
    private int position;

    private CilListing(TokenNames tokens, byte[] code)
    {
        this.tokens = tokens;
        this.code = code;
    }

    /// <summary>Writes the CIL of a method with the wasm instructions it came from between.</summary>
    /// <param name="image">The PE image.</param>
    /// <param name="token">The method's token.</param>
    /// <param name="wasm">The text of wasm instructions by their offset.</param>
    /// <param name="pairs">Where in the CIL each wasm instruction begins.</param>
    /// <param name="output">Where the text goes.</param>
    public static void Write(
        byte[] image,
        int token,
        IReadOnlyDictionary<long, string> wasm,
        IEnumerable<(long Il, long Wasm)> pairs,
        TextWriter output)
    {
        using var pe = new PEReader(new MemoryStream(image));
        var metadata = pe.GetMetadataReader();
        var method = metadata.GetMethodDefinition(
            (MethodDefinitionHandle)MetadataTokens.EntityHandle(token));
        var body = pe.GetMethodBody(method.RelativeVirtualAddress);
        var listing = new CilListing(new TokenNames(metadata), body.GetILBytes()!);
        output.WriteLine($"; {listing.code.Length} bytes of CIL, stack of {body.MaxStack}");
        listing.WriteAll(wasm, new Queue<(long Il, long Wasm)>(pairs), output);
        foreach (var region in body.ExceptionRegions) output.WriteLine(Describe(region));
    }

    private void WriteAll(IReadOnlyDictionary<long, string> wasm, Queue<(long Il, long Wasm)> pairs, TextWriter output)
    {
        while (position < code.Length)
        {
            while (pairs.TryPeek(out var next) && next.Il <= position)
            {
                pairs.Dequeue();
                if (wasm.TryGetValue(next.Wasm, out var text)) output.WriteLine(WasmListing.Line(next.Wasm, text));
            }

            var start = position;
            output.WriteLine($"    IL_{start:x4}  {ReadInstruction()}");
        }
    }

    private string ReadInstruction()
    {
        int value = code[position++];
        if (value == 0xFE && position < code.Length) value = value << 8 | code[position++];
        if (!Codes.TryGetValue(value, out var opcode)) return $".byte 0x{value:x}";
        var operand = ReadOperand(opcode.OperandType);
        return operand.Length == 0 ? opcode.Name! : $"{opcode.Name,-11} {operand}";
    }

    private string ReadOperand(OperandType type) => type switch
    {
        OperandType.InlineNone => "",
        OperandType.ShortInlineBrTarget => Target((sbyte)Read(1)[0]),
        OperandType.InlineBrTarget => Target(ReadInt32()),
        OperandType.ShortInlineI => $"{(sbyte)Read(1)[0]}",
        OperandType.ShortInlineVar => $"{Read(1)[0]}",
        OperandType.InlineVar => $"{BinaryPrimitives.ReadUInt16LittleEndian(Read(2))}",
        OperandType.InlineI => $"{ReadInt32()}",
        OperandType.InlineI8 => $"{BinaryPrimitives.ReadInt64LittleEndian(Read(8))}",
        OperandType.ShortInlineR => $"{BinaryPrimitives.ReadSingleLittleEndian(Read(4)):R}",
        OperandType.InlineR => $"{BinaryPrimitives.ReadDoubleLittleEndian(Read(8)):R}",
        OperandType.InlineSwitch => ReadSwitch(),
        _ => tokens.Describe(ReadInt32()),
    };

    private string ReadSwitch()
    {
        var count = ReadInt32();
        var next = position + (4 * count);
        return $"({string.Join(", ", Enumerable.Range(0, count).Select(_ => $"IL_{next + ReadInt32():x4}"))})";
    }

    private string Target(int distance) => $"IL_{position + distance:x4}";

    private int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Read(4));

    private ReadOnlySpan<byte> Read(int count)
    {
        position += count;
        return code.AsSpan(position - count, count);
    }

    private static string Describe(ExceptionRegion region) =>
        $"; {region.Kind.ToString().ToLowerInvariant()}: "
        + $"IL_{region.TryOffset:x4} to IL_{region.TryOffset + region.TryLength:x4},"
        + $" handler IL_{region.HandlerOffset:x4} to IL_{region.HandlerOffset + region.HandlerLength:x4}";
}
