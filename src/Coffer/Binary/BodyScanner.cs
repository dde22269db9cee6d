namespace Coffer.Binary;

/// <summary>
/// Reads function bodies only to find the first malformed byte, as the specification's decoder would. Bodies are
/// otherwise read when they are compiled; this is for modules that turn out to be malformed elsewhere, where the true
/// cause may be a body before that place.
/// </summary>
internal static class BodyScanner
{
    /// <summary>Throws what is malformed in a body; returns when they are all well-formed.</summary>
    public static void Check(ReadOnlySpan<byte> bytes, ReadOnlySpan<FunctionDeclaration> functions, Features features)
    {
        foreach (var function in functions)
        {
            if (function.Body.Length == 0) continue;

            // Not bounded by the body's size: where a body that does not end is found out is part of the message.
            var reader = new WasmReader(bytes, function.Body.Offset, bytes.Length, 0);
            ReadLocals(ref reader);
            ExpressionScanner.Scan(ref reader, [], features);
            if (reader.Position == function.Body.End) continue;
            throw new MalformedException(
                $"section size mismatch: the function body ends at 0x{reader.Position:x}, not at 0x{function.Body.End:x}",
                function.Body.Offset);
        }
    }

    private static void ReadLocals(ref WasmReader reader)
    {
        var start = reader.Offset;
        var total = 0UL;
        var groups = reader.ReadCount();
        for (var i = 0; i < groups; i++)
        {
            total += reader.ReadU32();
            if (total > uint.MaxValue) throw new MalformedException("too many locals", start);
            reader.ReadValueType([]);
        }
    }
}
