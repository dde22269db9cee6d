using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Cli.Inspection;

/// <summary>Which proposals beyond WebAssembly 1.0 a valid module uses.</summary>
internal static class FeatureScan
{
    public static Features Of(ModuleDefinition module)
    {
        var features = OfTypes(module) | OfEntities(module) | OfSegments(module);
        foreach (var function in module.Functions)
        {
            if (function.Body.Length > 0) features |= OfBody(module, function.Body);
        }

        foreach (var use in ConstantExpressions.Of(module, Features.All))
        {
            features |= OfConstant(module, use.Expression);
        }

        return features;
    }

    private static Features OfTypes(ModuleDefinition module)
    {
        var features = Features.None;
        foreach (var group in module.RecursionGroups) features |= group.IsExplicit ? Features.Gc : Features.None;
        foreach (var type in module.TypeDeclarations)
        {
            if (type.SupertypeIndex >= 0 || !type.IsFinal) features |= Features.Gc;
            features |= type.Composite is FunctionType function ? OfSignature(function) : Features.Gc;
        }

        return features;
    }

    private static Features OfSignature(FunctionType type)
    {
        var features = type.Results.Length > 1 ? Features.MultiValue : Features.None;
        foreach (var parameter in type.Parameters) features |= FeatureGate.Needed(parameter);
        foreach (var result in type.Results) features |= FeatureGate.Needed(result);
        return features;
    }

    private static Features OfEntities(ModuleDefinition module)
    {
        var features = module.Tables.Length > 1 ? Features.ReferenceTypes : Features.None;
        if (module.Memories.Length > 1) features |= Features.MultiMemory;
        foreach (var memory in module.Memories)
        {
            features |= OfLimits(memory.Limits);
            if (memory.PageSizeLog2 != 16) features |= Features.CustomPageSizes;
        }

        foreach (var table in module.Tables)
        {
            features |= OfLimits(table.Type.Limits);
            if (table.Type.Element != ValueType.FuncRef) features |= FeatureGate.Needed(table.Type.Element);
            if (table.Initializer.Length > 0) features |= Features.FunctionReferences;
        }

        foreach (var global in module.Globals) features |= FeatureGate.Needed(global.Type.Type);
        return features | OfMutableGlobals(module);
    }

    private static Features OfLimits(Limits limits) =>
        (limits.Is64 ? Features.Memory64 : Features.None) | (limits.IsShared ? Features.Threads : Features.None);

    private static Features OfMutableGlobals(ModuleDefinition module)
    {
        var crossing = module.Imports.Where(import => import.Kind == ExternalKind.Global).Select(import => import.Index)
            .Concat(module.Exports.Where(export => export.Kind == ExternalKind.Global).Select(export => export.Index));
        return crossing.Any(index => module.Globals[index].Type.IsMutable) ? Features.MutableGlobals : Features.None;
    }

    private static Features OfSegments(ModuleDefinition module)
    {
        var usesBulk = module.HasDataCount
            || module.Data.Any(segment => segment.Mode != SegmentMode.Active)
            || module.Elements.Any(segment => segment.Mode == SegmentMode.Passive);
        var usesReferences = module.Elements.Any(
            segment => segment.Functions.IsDefault || segment.Mode == SegmentMode.Declarative);
        return (usesBulk ? Features.BulkMemory : Features.None)
            | (usesReferences ? Features.ReferenceTypes : Features.None);
    }

    /// <summary>Whether a function of a valid module ends with a call that takes its place.</summary>
    public static bool HasTailCalls(ModuleDefinition module)
    {
        var instruction = default(Instruction);
        foreach (var function in module.Functions)
        {
            if (function.Body.Length == 0) continue;
            var instructions = Open(module, function.Body, out _);
            while (!instructions.Reader.AtEnd)
            {
                instructions.Read(ref instruction);
                if (instruction.Opcode is Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef) return true;
            }
        }

        return false;
    }

    private static Features OfBody(ModuleDefinition module, ByteRange body)
    {
        var instructions = Open(module, body, out var features);
        return features | OfInstructions(module, instructions);
    }

    private static InstructionReader Open(ModuleDefinition module, ByteRange body, out Features locals)
    {
        locals = Features.None;
        var reader = new WasmReader(module.Bytes.Span, body.Offset, body.End, 0);
        for (var groups = reader.ReadCount(); groups > 0; groups--)
        {
            reader.ReadU32();
            locals |= FeatureGate.Needed(reader.ReadValueType(module.Types.AsSpan()));
        }

        return new InstructionReader(reader, module.Types.AsSpan(), Features.All);
    }

    private static Features OfInstructions(ModuleDefinition module, InstructionReader instructions)
    {
        var features = Features.None;
        var instruction = default(Instruction);
        while (!instructions.Reader.AtEnd)
        {
            instructions.Read(ref instruction);
            features |= instruction.Info.Feature;
            if (instruction.Info.Immediates == ImmediateShape.Block && instruction.Block.TypeIndex >= 0)
            {
                var type = module.Types[instruction.Block.TypeIndex].Function!;
                if (type.Parameters.Length > 0 || type.Results.Length > 1) features |= Features.MultiValue;
            }
        }

        return features;
    }

    private static Features OfConstant(ModuleDefinition module, ByteRange expression)
    {
        var reader = new WasmReader(module.Bytes.Span, expression.Offset, expression.End, 0);
        var instructions = new InstructionReader(reader, module.Types.AsSpan(), Features.All);
        var instruction = default(Instruction);
        var features = Features.None;
        var count = 0;
        for (; !instructions.Reader.AtEnd; count++)
        {
            instructions.Read(ref instruction);
            features |= instruction.Info.Feature;
        }

        // One instruction and the end are all that version 1.0 knows; of several, those of garbage collection say so.
        var isExtended = count > 2 && (features & Features.Gc) == 0;
        return features | (isExtended ? Features.ExtendedConstants : Features.None);
    }
}
