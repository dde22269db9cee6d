using System.Collections.Immutable;
using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Blocks, branches, calls and exceptions (specification, sections 3.4.10 to 3.4.12).</summary>
internal static class ControlRules
{
    /// <summary>The result types of a block, as arrays that are made once.</summary>
    private static readonly ImmutableArray<ValueType> I32 = [ValueType.I32], I64 = [ValueType.I64], F32 = [ValueType.F32],
        F64 = [ValueType.F64];

    public static bool Step(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.Unreachable:
                v.SetUnreachable();
                return true;
            case Opcode.If:
                v.Pop(ValueType.I32);
                Enter(v, in instruction);
                return true;
            case Opcode.Block or Opcode.Loop or Opcode.Try:
                Enter(v, in instruction);
                return true;
            case Opcode.TryTable:
                TryTable(v, in instruction);
                return true;
            case Opcode.Else:
                Else(v);
                return true;
            case Opcode.Catch or Opcode.CatchAll:
                Catch(v, in instruction);
                return true;
            case Opcode.Delegate:
                Delegate(v, instruction.Index);
                return true;
            case Opcode.End:
                End(v);
                return true;
            case Opcode.Br:
                v.Pop(v.Label(instruction.Index).LabelTypes);
                v.SetUnreachable();
                return true;
            case Opcode.BrIf:
                v.Pop(ValueType.I32);
                var label = v.Label(instruction.Index).LabelTypes;
                v.Pop(label);
                v.Push(label);
                return true;
            case Opcode.BrTable:
                BranchTable(v, in instruction);
                return true;
            case Opcode.Return:
                v.Pop(v.Label((uint)v.Depth - 1).Results);
                v.SetUnreachable();
                return true;
            case Opcode.Rethrow:
                if (v.Label(instruction.Index).Kind is not (Opcode.Catch or Opcode.CatchAll)) v.Fail("invalid rethrow label");
                v.SetUnreachable();
                return true;
            case Opcode.Throw:
                v.Pop(v.TagType(instruction.Index).Parameters);
                v.SetUnreachable();
                return true;
            case Opcode.ThrowRef:
                v.Pop(ValueType.Reference(HeapKind.Exn));
                v.SetUnreachable();
                return true;
            default:
                return Calls(v, in instruction);
        }
    }

    private static bool Calls(FunctionValidator v, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.Call:
                Call(v, v.FunctionTypeOf(instruction.Index).Function!);
                return true;
            case Opcode.ReturnCall:
                TailCall(v, v.FunctionTypeOf(instruction.Index).Function!);
                return true;
            case Opcode.CallIndirect:
                Call(v, Indirect(v, in instruction));
                return true;
            case Opcode.ReturnCallIndirect:
                TailCall(v, Indirect(v, in instruction));
                return true;
            case Opcode.CallRef:
                Call(v, Reference(v, in instruction));
                return true;
            case Opcode.ReturnCallRef:
                TailCall(v, Reference(v, in instruction));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The parameters and results of a block type.</summary>
    private static (ImmutableArray<ValueType> Parameters, ImmutableArray<ValueType> Results) Resolve(FunctionValidator v, BlockType block)
    {
        if (block.TypeIndex >= 0)
        {
            var type = v.FunctionType((uint)block.TypeIndex);
            if ((v.Features & Features.MultiValue) == 0)
            {
                v.Fail("invalid result arity: a block with a type index needs the feature MultiValue, which is switched off");
            }

            return (type.Parameters, type.Results);
        }

        return ([], block.Result.Kind switch
        {
            ValueKind.Bottom => [],
            ValueKind.I32 => I32,
            ValueKind.I64 => I64,
            ValueKind.F32 => F32,
            ValueKind.F64 => F64,
            _ => [v.Value(block.Result)],
        });
    }

    private static void Enter(FunctionValidator v, ref readonly Instruction instruction)
    {
        var (parameters, results) = Resolve(v, instruction.Block);
        v.Pop(parameters);
        v.PushFrame(instruction.Opcode, parameters, results);
    }

    private static void TryTable(FunctionValidator v, ref readonly Instruction instruction)
    {
        var (parameters, results) = Resolve(v, instruction.Block);
        v.Pop(parameters);
        var reader = new WasmReader(instruction.Tail);
        for (var i = 0; i < instruction.Count; i++)
        {
            var clause = CatchClause.Read(ref reader);
            ImmutableArray<ValueType> values = clause.HasTag ? v.TagType(clause.Tag).Parameters : [];
            if (clause.HasReference) values = values.Add(ValueType.Reference(HeapKind.Exn, nullable: false));
            if (!Subtyping.Matches(values.AsSpan(), v.Label(clause.Label).LabelTypes.AsSpan()))
            {
                v.Fail("type mismatch: the catch clause does not fit its label");
            }
        }

        v.PushFrame(Opcode.TryTable, parameters, results);
    }

    private static void Else(FunctionValidator v)
    {
        if (v.Top.Kind != Opcode.If) throw new MalformedException("unexpected else: END opcode expected", v.Offset);
        Continue(v, Opcode.Else, v.Top.Parameters);
    }

    private static void Catch(FunctionValidator v, ref readonly Instruction instruction)
    {
        if (v.Top.Kind is not (Opcode.Try or Opcode.Catch)) throw new MalformedException("unexpected catch: no try to belong to", v.Offset);
        Continue(v, instruction.Opcode, instruction.Opcode == Opcode.Catch ? v.TagType(instruction.Index).Parameters : []);
    }

    /// <summary>Ends one part of a block and begins the next, whose operands are <paramref name="values"/>.</summary>
    private static void Continue(FunctionValidator v, Opcode kind, ImmutableArray<ValueType> values)
    {
        var frame = v.Top;
        v.Pop(frame.Results);
        if (v.Count != frame.Height) v.Fail("type mismatch: values remaining on stack at end of block");
        v.UndoInitialization(frame.InitializedLocals);
        frame.Kind = kind;
        frame.Unreachable = false;
        v.Push(values);
    }

    private static void Delegate(FunctionValidator v, uint label)
    {
        if (v.Top.Kind != Opcode.Try) throw new MalformedException("unexpected delegate: no try to belong to", v.Offset);
        if (label >= (uint)v.Depth - 1) v.Fail("unknown label");
        v.Push(v.PopFrame().Results);
    }

    private static void End(FunctionValidator v)
    {
        var frame = v.Top;
        if (frame.Kind == Opcode.If && !Subtyping.Matches(frame.Parameters.AsSpan(), frame.Results.AsSpan()))
        {
            v.Fail("type mismatch: an if without else must pass its parameters on as its results");
        }

        v.PopFrame();
        if (v.Depth > 0) v.Push(frame.Results);
    }

    private static void BranchTable(FunctionValidator v, ref readonly Instruction instruction)
    {
        if (instruction.Count > v.Limits.BranchTableEntries)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit, $"a br_table of {instruction.Count} entries exceeds the limit of {v.Limits.BranchTableEntries} (ModuleLimits.BranchTableEntries)");
        }

        v.Pop(ValueType.I32);
        var last = v.Label(instruction.Index);
        var arity = last.LabelTypes.Length;
        var reader = new WasmReader(instruction.Tail);
        ControlFrame? previous = last;
        for (var i = 0; i < instruction.Count; i++)
        {
            var frame = v.Label(reader.ReadU32());
            if (ReferenceEquals(frame, previous)) continue;
            previous = frame;
            if (frame.LabelTypes.Length != arity) v.Fail("type mismatch: labels of br_table differ in arity");
            PopAndRestore(v, frame.LabelTypes);
        }

        v.Pop(last.LabelTypes);
        v.SetUnreachable();
    }

    private static void PopAndRestore(FunctionValidator v, ImmutableArray<ValueType> types)
    {
        if (types.Length == 0) return;
        Span<ValueType> actual = new ValueType[types.Length];
        for (var i = types.Length - 1; i >= 0; i--) actual[i] = v.Pop(types[i]);
        foreach (var type in actual) v.Push(type);
    }

    private static void Call(FunctionValidator v, FunctionType type)
    {
        v.Pop(type.Parameters);
        v.Push(type.Results);
    }

    private static void TailCall(FunctionValidator v, FunctionType type)
    {
        v.Pop(type.Parameters);
        if (!Subtyping.Matches(type.Results.AsSpan(), v.Label((uint)v.Depth - 1).Results.AsSpan()))
        {
            v.Fail("type mismatch: the callee's results are not those of this function");
        }

        v.SetUnreachable();
    }

    private static FunctionType Indirect(FunctionValidator v, ref readonly Instruction instruction)
    {
        var table = v.Table(instruction.Index2);
        var type = v.FunctionType(instruction.Index);
        if (!Subtyping.Matches(table.Element, ValueType.FuncRef)) v.Fail("type mismatch: call_indirect needs a table of functions");
        v.Pop(table.Limits.AddressType);
        return type;
    }

    private static FunctionType Reference(FunctionValidator v, ref readonly Instruction instruction)
    {
        var type = v.FunctionType(instruction.Index);
        v.Pop(ValueType.Reference(new HeapType(v.Type(instruction.Index), (int)instruction.Index)));
        return type;
    }
}
