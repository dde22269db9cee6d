using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>A constant expression and what it has to satisfy.</summary>
/// <param name="Expression">Its bytes, including <c>end</c>.</param>
/// <param name="Type">The type of its result.</param>
/// <param name="VisibleGlobals">How many globals, from the first, it may read.</param>
internal readonly record struct ConstantExpressionUse(ByteRange Expression, ValueType Type, int VisibleGlobals);

/// <summary>Where a module has constant expressions (specification, sections 3.5.2 to 3.5.8).</summary>
internal static class ConstantExpressions
{
    /// <summary>
    /// All constant expressions: of globals, tables, element segments and data segments, in this order. The segments
    /// must be valid already.
    /// </summary>
    public static IEnumerable<ConstantExpressionUse> Of(ModuleDefinition module, Features features)
    {
        // Reading globals of the module itself came with garbage collection; tables are before all of them.
        var imported = module.ImportedGlobals;
        var seesOwn = (features & Features.Gc) != 0;
        for (var i = imported; i < module.Globals.Length; i++)
        {
            var global = module.Globals[i];
            yield return new(global.Initializer, global.Type.Type, seesOwn ? i : imported);
        }

        foreach (var table in module.Tables)
        {
            if (table.Initializer.Length > 0) yield return new(table.Initializer, table.Type.Element, imported);
        }

        var all = seesOwn ? module.Globals.Length : imported;
        foreach (var segment in module.Elements)
        {
            if (segment.Mode == SegmentMode.Active)
            {
                yield return new(segment.TableOffset, module.Tables[segment.Table].Type.Limits.AddressType, all);
            }

            if (!segment.Functions.IsDefault) continue;
            foreach (var expression in segment.Expressions) yield return new(expression, segment.Type, all);
        }

        foreach (var segment in module.Data)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            yield return new(segment.MemoryOffset, module.Memories[segment.Memory].Limits.AddressType, all);
        }
    }

    /// <summary>Adds the functions that an expression refers to.</summary>
    public static void CollectFunctions(
        ModuleDefinition module, ByteRange expression, Features features, HashSet<int> functions)
    {
        var bytes = new WasmReader(module.Bytes.Span, expression);
        if (SimpleConstant.Read(ref bytes) is not null && bytes.AtEnd) return;
        var reader = new InstructionReader(bytes, module.Types.AsSpan(), features);
        var instruction = default(Instruction);
        while (!reader.Reader.AtEnd)
        {
            reader.Read(ref instruction);
            if (instruction.Opcode != Opcode.RefFunc) continue;
            if (instruction.Index >= (uint)module.Functions.Length)
            {
                throw new InvalidException($"unknown function {instruction.Index}", instruction.Offset);
            }

            functions.Add((int)instruction.Index);
        }
    }
}
