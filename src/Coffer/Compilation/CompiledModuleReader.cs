using Coffer.Binary;
using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>
/// Reads what <see cref="CompiledModuleWriter"/> wrote, believing nothing: counts are compared with what is left before
/// anything is allocated, and all numbers with the module they shall be about.
/// </summary>
internal ref struct CompiledModuleReader
{
    // The least bytes that a constant and an entry of the offset map take.
    private const int SmallestConstant = 2, SmallestEntry = 4;

    private readonly ReadOnlyMemory<byte> record;
    private readonly ModuleDefinition module;
    private ReadOnlySpan<byte> rest;

    private CompiledModuleReader(ReadOnlyMemory<byte> record, ModuleDefinition module)
    {
        this.record = record;
        rest = record.Span;
        this.module = module;
    }

    /// <summary>Reads the record of a module with native code.</summary>
    /// <param name="record">The record. Must not change afterwards: the map of offsets, which is as long as the code, stays in it.</param>
    /// <param name="module">The module.</param>
    /// <param name="options">The options of its engine.</param>
    /// <exception cref="InvalidDataException">It is no such record, or not of this module under these options.</exception>
    public static CompiledModule Read(ReadOnlyMemory<byte> record, ModuleDefinition module, EngineOptions options)
    {
        var reader = new CompiledModuleReader(record, module);
        var compiled = reader.Common(options, ConstantCodes.ToRecord(module, options.Features));
        reader.End();
        return compiled;
    }

    /// <summary>Reads the record of a module with a CIL image, which is not in it.</summary>
    /// <param name="record">The record. Must not change afterwards.</param>
    /// <param name="module">The module.</param>
    /// <param name="options">The options of its engine.</param>
    /// <param name="constants">What <see cref="ConstantCodes.ToRecord"/> says of the module.</param>
    /// <inheritdoc cref="Read"/>
    public static CompiledModule ReadWithCalls(
        ReadOnlyMemory<byte> record, ModuleDefinition module, EngineOptions options, List<ByteRange> constants)
    {
        var reader = new CompiledModuleReader(record, module);
        var compiled = reader.Common(options, constants) with { LargeBodies = reader.Number(), Calls = reader.Calls() };
        reader.End();
        return compiled;
    }

    private CompiledModule Common(EngineOptions options, List<ByteRange> expressions)
    {
        if (Byte() is var version && version != CompiledModuleWriter.Version) throw Wrong($"its version is {version}");
        var guarded = GuardedMemories(options);
        var recorded = RecordedConstants();
        var offsets = Offsets();
        var constants = Constants(expressions, recorded.Offsets, recorded.Extras, offsets.Count);
        return new CompiledModule(offsets, constants, guarded);
    }

    private readonly void End()
    {
        if (!rest.IsEmpty) throw Wrong("something follows it");
    }

    private static InvalidDataException Wrong(string reason) => new($"The record of the compiled module is unusable: {reason}.");

    private bool[] GuardedMemories(EngineOptions options)
    {
        var guarded = new bool[Count(1)];
        if (guarded.Length != module.Memories.Length) throw Wrong("it is of a module with other memories");
        for (var i = 0; i < guarded.Length; i++)
        {
            guarded[i] = Flag();
            if (guarded[i] != LinearMemory.UsesGuard(module.Memories[i], options.Memory))
            {
                throw Wrong("memories are protected in another way in this process");
            }
        }

        return guarded;
    }

    /// <summary>The offsets of constants that have code, in order, and where it is.</summary>
    private (int[] Offsets, int[] Extras) RecordedConstants()
    {
        var offsets = new int[Count(SmallestConstant)];
        var extras = new int[offsets.Length];
        for (var i = 0; i < offsets.Length; i++)
        {
            (offsets[i], extras[i]) = (Number(), Number());
            if (i > 0 && offsets[i] <= offsets[i - 1]) throw Wrong("a constant is repeated or out of order");
        }

        return (offsets, extras);
    }

    private OffsetMap Offsets()
    {
        var entries = new OffsetMapEntry[Count(SmallestEntry)];
        for (var i = 0; i < entries.Length; i++) entries[i] = new OffsetMapEntry(Number() - 1, Number(), Number(), Number());
        var length = Count(1);
        var pairs = record.Slice(record.Length - rest.Length, length);
        var bytes = Take(length);
        foreach (var entry in entries)
        {
            if (entry.Function >= module.Functions.Length || (long)entry.Start + entry.Length > bytes.Length
                || (entry.Length > 0 && bytes[entry.Start + entry.Length - 1] >= 0x80))
            {
                throw Wrong("its map of offsets is damaged");
            }
        }

        return new OffsetMap(pairs, entries);
    }

    /// <summary>All constants that instantiating will ask for.</summary>
    private readonly ConstantCodes Constants(List<ByteRange> expressions, int[] offsets, int[] extras, int rows)
    {
        var mostExtras = rows - (module.Functions.Length - module.ImportedFunctions);
        if (mostExtras < 0) throw Wrong("functions are missing");
        var constants = new Dictionary<int, ConstantCode>();
        foreach (var expression in expressions)
        {
            var value = ConstantValue.Read(module, expression);
            var extra = -1;
            if (!value.IsKnown)
            {
                var place = Array.BinarySearch(offsets, expression.Offset);
                if (place < 0 || extras[place] >= mostExtras) throw Wrong("the code of a constant is missing");
                extra = extras[place];
            }

            constants[expression.Offset] = new ConstantCode(value, extra);
        }

        return new ConstantCodes(module, constants);
    }

    private CallGraph Calls()
    {
        var calls = new CallGraph(module.Functions.Length, module.ImportedFunctions);
        for (var function = module.ImportedFunctions; function < module.Functions.Length; function++)
        {
            calls.BeginFunction(function);
            for (var count = Count(1); count > 0; count--)
            {
                var callee = Number();
                calls.Add(callee < module.Functions.Length ? callee : throw Wrong("a function is called that is not there"));
            }
        }

        return calls;
    }

    private int Count(int smallest)
    {
        var count = Number();
        return count <= rest.Length / smallest ? count : throw Wrong("a count is larger than what follows");
    }

    private bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw Wrong("a flag is neither 0 nor 1"),
    };

    private byte Byte() => Take(1)[0];

    private int Number()
    {
        var value = 0L;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Byte();
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80) return value <= int.MaxValue ? (int)value : throw Wrong("a number is too large");
        }

        throw Wrong("a number is too long");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length) throw Wrong("it is cut short");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
