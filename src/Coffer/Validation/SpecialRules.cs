using Coffer.Instructions;

namespace Coffer.Validation;

/// <summary>The instructions whose type is more than a fixed signature (rows marked "*" in the opcode table).</summary>
internal static class SpecialRules
{
    public static void Step(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.LocalGet:
                var type = v.Local(instruction.Index);
                v.RequireInitialized(instruction.Index);
                v.Push(type);
                break;
            case Opcode.LocalSet:
                v.Pop(v.Local(instruction.Index));
                v.Initialize(instruction.Index);
                break;
            case Opcode.LocalTee:
                v.Pop(v.Local(instruction.Index));
                v.Initialize(instruction.Index);
                v.Push(v.Locals[(int)instruction.Index]);
                break;
            case Opcode.GlobalGet:
                v.Push(v.Global(instruction.Index).Type);
                break;
            case Opcode.GlobalSet:
                var global = v.Global(instruction.Index);
                if (!global.IsMutable) v.Fail($"immutable global: global {instruction.Index} is immutable");
                v.Pop(global.Type);
                break;
            case Opcode.Drop:
                v.Pop();
                break;
            case Opcode.Select:
                Select(v);
                break;
            case Opcode.SelectTyped:
                SelectTyped(v, in instruction);
                break;
            default:
                if (!ControlRules.Step(v, in instruction) && !ReferenceRules.Step(v, in instruction)
                    && !BulkRules.Step(v, in instruction) && !GcRules.Step(v, in instruction))
                {
                    throw new System.Diagnostics.UnreachableException(instruction.Info.Mnemonic);
                }

                break;
        }
    }

    private static void Select(FunctionValidator v)
    {
        v.Pop(ValueType.I32);
        var second = v.Pop();
        var first = v.Pop();
        if (first.IsReference || second.IsReference) v.Fail("type mismatch: select without a type needs numbers or vectors");
        if (!first.IsBottom && !second.IsBottom && first != second) v.Fail($"type mismatch: select of {first} and {second}");
        v.Push(first.IsBottom ? second : first);
    }

    private static void SelectTyped(FunctionValidator v, ref readonly Instruction instruction)
    {
        if (instruction.Count != 1) v.Fail("invalid result arity");
        var reader = new Binary.WasmReader(instruction.Tail);
        var type = v.Value(reader.ReadValueType(v.Module.Types.AsSpan()));
        v.Pop(ValueType.I32);
        v.Pop(type);
        v.Pop(type);
        v.Push(type);
    }
}
