using Coffer.Binary;

namespace Coffer.Fuzz;

/// <summary>What generated modules contain.</summary>
[Flags]
internal enum GuestShape
{
    /// <summary>All instructions that compute, memory accesses, blocks, loops, calls.</summary>
    Plain = 0,
    /// <summary>Only instructions whose results all engines agree on.</summary>
    Portable = 1,
    /// <summary>Also bulk and growing memory, returns and branches out of several blocks, tail calls, and exceptions where not portable.</summary>
    Rich = 2,
}

/// <summary>
/// Writes a valid module with some functions, a memory, a table and globals. It exports <c>memory</c> and
/// <c>run (param i32 i64 f32 f64) (result i64)</c>.
/// </summary>
internal static class ModuleGenerator
{
    private static readonly Signature Exported = new("ilfd", "l");

    /// <param name="random">Where all choices come from.</param>
    /// <param name="shape">What the module may contain.</param>
    public static byte[] Generate(Random random, GuestShape shape)
    {
        var functions = new List<Signature>();
        var bodies = new List<byte[]>();
        // The exported function is the last one, also where one before it has the same type by chance.
        var signatures = Enumerable.Range(0, random.Next(1, 6))
            .Select(_ => new Signature(Pick(random, random.Next(0, 9)), Pick(random, random.Next(1, 10))))
            .Where(signature => signature != Exported).Distinct().Append(Exported).ToList();
        foreach (var signature in signatures)
        {
            bodies.Add(new BodyGenerator(random, signature, [.. functions], signatures, shape).Generate());
            functions.Add(signature);
        }

        return Write(functions, signatures, bodies, hasTag: shape.HasFlag(GuestShape.Rich) && !shape.HasFlag(GuestShape.Portable));
    }

    private static string Pick(Random random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => ExpressionGenerator.Letters[random.Next(ExpressionGenerator.Letters.Length)]));

    private static byte[] Write(List<Signature> functions, List<Signature> types, List<byte[]> bodies, bool hasTag)
    {
        var module = new WasmWriter();
        module.WriteBytes("\0asm\x01\0\0\0"u8);
        // The tag's type comes last: it is nobody else's, and has no number that a function names.
        Section(module, 1, section => Types(section, hasTag ? [.. types, new Signature("l", "")] : types));
        Section(module, 3, section =>
        {
            section.WriteUnsigned((ulong)functions.Count);
            foreach (var function in functions) section.WriteUnsigned((ulong)types.IndexOf(function));
        });
        Section(module, 4, section =>
        {
            section.WriteBytes([1, 0x70, 0]);
            section.WriteUnsigned((ulong)functions.Count);
        });
        Section(module, 5, section => section.WriteBytes([1, 1, 1, 2]));
        if (hasTag)
        {
            Section(module, 13, section =>
            {
                section.WriteBytes([1, 0]);
                section.WriteUnsigned((ulong)types.Count);
            });
        }

        Section(module, 6, Globals);
        Section(module, 7, section =>
        {
            section.WriteBytes([2, 3, (byte)'r', (byte)'u', (byte)'n', 0]);
            section.WriteUnsigned((ulong)functions.Count - 1);
            section.WriteBytes([6, .. "memory"u8, 2, 0]);
        });
        Section(module, 9, section =>
        {
            section.WriteBytes([1, 0, 0x41, 0, 0x0B]);
            section.WriteUnsigned((ulong)functions.Count);
            for (var i = 0; i < functions.Count; i++) section.WriteUnsigned((ulong)i);
        });
        Section(module, 10, section =>
        {
            section.WriteUnsigned((ulong)bodies.Count);
            foreach (var body in bodies)
            {
                section.WriteUnsigned((ulong)body.Length);
                section.WriteBytes(body);
            }
        });
        return module.ToArray();
    }

    private static void Types(WasmWriter section, List<Signature> types)
    {
        section.WriteUnsigned((ulong)types.Count);
        foreach (var type in types)
        {
            section.WriteByte(0x60);
            foreach (var list in new[] { type.Parameters, type.Results })
            {
                section.WriteUnsigned((ulong)list.Length);
                foreach (var letter in list) section.WriteByte(ExpressionGenerator.TypeByte(letter));
            }
        }
    }

    private static void Globals(WasmWriter section)
    {
        section.WriteUnsigned(5);
        section.WriteBytes([0x7F, 1, 0x41, 5, 0x0B]);
        section.WriteBytes([0x7E, 1, 0x42, 6, 0x0B]);
        section.WriteBytes([0x7D, 1, 0x43, 0, 0, 0x80, 0x3F, 0x0B]);
        section.WriteBytes([0x7C, 1, 0x44, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x0B]);
        section.WriteBytes([0x7B, 1, 0xFD, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x0B]);
    }

    private static void Section(WasmWriter module, byte id, Action<WasmWriter> write)
    {
        var section = new WasmWriter();
        write(section);
        module.WriteByte(id);
        module.WriteUnsigned((ulong)section.Length);
        module.WriteBytes(section.Written);
    }
}
