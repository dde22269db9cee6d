using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Images;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Exceptions, in both encodings, as CLR exceptions (specification, sections 4.6.10 and 4.2.13). A handler only stores
/// the exception and leaves its region: the code that follows a catch is ordinary code.
/// </summary>
internal static class ExceptionEmitter
{
    public static bool Step(FunctionCompiler c, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.Try or Opcode.TryTable:
                c.Bounds.Stop();
                Enter(c, in instruction);
                return true;
            case Opcode.Catch or Opcode.CatchAll:
                Catch(c, in instruction);
                return true;
            case Opcode.Delegate:
                Delegate(c, in instruction);
                return true;
            case Opcode.Throw:
                ControlEmitter.Leave(c, in instruction);
                if (!c.Dead) Throw(c, (int)instruction.Index);
                c.Dead = true;
                return true;
            case Opcode.ThrowRef:
                ControlEmitter.Leave(c, in instruction);
                if (!c.Dead)
                {
                    c.Metering.Settle();
                    Call(c, nameof(ExceptionOps.NonNull));
                    c.Il.Op(ILOpCode.Throw);
                }

                c.Dead = true;
                return true;
            case Opcode.Rethrow:
                ControlEmitter.Leave(c, in instruction);
                if (!c.Dead)
                {
                    c.Metering.Settle();
                    c.Il.LoadLocal(c.StateOf(c.Validator.Label(instruction.Index)).ExceptionTemp);
                    c.Il.Op(ILOpCode.Throw);
                }

                c.Dead = true;
                return true;
            default:
                return false;
        }
    }

    private static void Enter(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.SpillAll();
        var frame = ControlEmitter.Enter(c, in instruction);
        if (instruction.Opcode == Opcode.TryTable)
        {
            var clauses = new CatchClause[instruction.Count];
            var reader = new WasmReader(instruction.Tail);
            for (var i = 0; i < clauses.Length; i++) clauses[i] = CatchClause.Read(ref reader);
            c.StateOf(frame).Clauses = clauses;

            // Without clauses there is nothing to catch: a plain block.
            if (clauses.Length == 0) return;
        }

        if (c.Dead) return;
        c.Metering.CountAll();
        RequireRoom(c, instruction.Offset);
        c.Frame.HasCalls = true;
        c.Il.Mark(c.Il.NewLabel());
        c.StateOf(frame).TryStart = c.Il.Position;
        c.Il.Op(ILOpCode.Nop);
        c.TryDepth++;
    }

    private static void RequireRoom(FunctionCompiler c, int offset)
    {
        var limits = c.Options.Limits;
        if (c.TryDepth >= limits.TryDepth)
        {
            ModuleLimits.ThrowExceeded(nameof(ModuleLimits.TryDepth), limits.TryDepth, c.TryDepth + 1, offset);
        }

        if (c.Frame.RegionCount + c.TryDepth >= limits.TryBlocks)
        {
            ModuleLimits.ThrowExceeded(nameof(ModuleLimits.TryBlocks), limits.TryBlocks, c.Frame.RegionCount + c.TryDepth + 1, offset);
        }
    }

    /// <summary>Ends the protected part of a block; returns where it ended.</summary>
    private static int CloseRegion(FunctionCompiler c, ControlFrame frame)
    {
        foreach (var pending in c.StateOf(frame).Pending ?? [])
        {
            c.Il.Mark(pending.Label);
            c.Il.LoadLocal(pending.ExceptionTemp);
            c.Il.Op(ILOpCode.Throw);
        }

        c.StateOf(frame).Pending = null;
        c.TryDepth--;
        c.Il.Mark(c.Il.NewLabel());
        return c.Il.Position;
    }

    /// <summary>A handler that stores any guest exception and goes on at a label outside.</summary>
    private static void EmitHandler(FunctionCompiler c, ControlFrame frame, int exception, int dispatch)
    {
        var end = CloseRegion(c, frame);
        c.Il.StoreLocal(exception);
        c.Il.Branch(ILOpCode.Leave, dispatch);
        c.Frame.AddRegion(new HandlerClause(c.StateOf(frame).TryStart, end, end, c.Il.Position) { CatchToken = c.Fragment.Token(typeof(GuestException)) });
        c.StateOf(frame).TryStart = -1;
    }

    private static int TakeException(FunctionCompiler c)
    {
        var temp = c.Temps.Take(CilType.Object);
        c.Temps.Keep(temp);
        return temp;
    }

    // try_table

    /// <summary>Ends a <c>try_table</c>: a filter picks the clause, code outside the region follows it.</summary>
    public static void EndTryTable(FunctionCompiler c, ControlFrame frame)
    {
        if (c.StateOf(frame).TryStart < 0) return;
        if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Leave);
        var clauses = c.StateOf(frame).Clauses!;
        var exception = TakeException(c);
        var selected = c.Temps.Take(CilType.I32);
        var dispatch = c.Il.NewLabel();
        var end = CloseRegion(c, frame);
        EmitFilter(c, clauses, exception, selected);
        var handler = c.Il.Position;
        c.Il.Op(ILOpCode.Pop);
        c.Il.Branch(ILOpCode.Leave, dispatch);
        c.Frame.AddRegion(new HandlerClause(c.StateOf(frame).TryStart, end, handler, c.Il.Position)
        {
            Kind = HandlerKind.Filter,
            FilterStart = end,
        });
        c.StateOf(frame).TryStart = -1;
        c.Il.Mark(dispatch);
        c.Metering.Resume(0);
        EmitClauses(c, clauses, exception, selected);
        c.Temps.Free(selected);
        c.Dead = true;
    }

    private static void EmitFilter(FunctionCompiler c, CatchClause[] clauses, int exception, int selected)
    {
        var no = c.Il.NewLabel();
        var yes = c.Il.NewLabel();
        c.Il.Op(ILOpCode.Isinst, c.Fragment.Token(typeof(GuestException)));
        c.Il.StoreLocal(exception);
        c.Il.LoadLocal(exception);
        c.Il.Branch(ILOpCode.Brfalse, no);
        for (var i = 0; i < clauses.Length; i++)
        {
            var next = c.Il.NewLabel();
            if (clauses[i].HasTag)
            {
                EmitHasTag(c, exception, clauses[i].Tag);
                c.Il.Branch(ILOpCode.Brfalse, next);
            }

            c.Il.LoadI4(i);
            c.Il.StoreLocal(selected);
            c.Il.Branch(ILOpCode.Br, yes);
            c.Il.Mark(next);
        }

        c.Il.Mark(no);
        c.Il.LoadI4(0);
        c.Il.Op(ILOpCode.Endfilter);
        RewriteEnd(c, yes);
    }

    /// <summary>A filter has one <c>endfilter</c>, its last instruction: both answers meet there.</summary>
    private static void RewriteEnd(FunctionCompiler c, int yes)
    {
        c.Il.Rewind(c.Il.Position - 2);
        var end = c.Il.NewLabel();
        c.Il.Branch(ILOpCode.Br, end);
        c.Il.Mark(yes);
        c.Il.LoadI4(1);
        c.Il.Mark(end);
        c.Il.Op(ILOpCode.Endfilter);
    }

    private static void EmitHasTag(FunctionCompiler c, int exception, uint tag)
    {
        c.Il.LoadLocal(exception);
        c.LoadField(FieldKind.Tag, (int)tag);
        Call(c, nameof(ExceptionOps.HasTag));
    }

    private static void EmitClauses(FunctionCompiler c, CatchClause[] clauses, int exception, int selected)
    {
        var labels = new int[clauses.Length];
        for (var i = 0; i < labels.Length; i++) labels[i] = c.Il.NewLabel();
        c.Il.LoadLocal(selected);
        c.Il.Switch(labels);
        for (var i = 0; i < clauses.Length; i++)
        {
            c.Il.Mark(labels[i]);
            var count = clauses[i].HasTag ? EmitPayload(c, exception, clauses[i].Tag) : 0;
            if (clauses[i].HasReference)
            {
                c.Il.LoadLocal(exception);
                count++;
            }

            BranchEmitter.EmitBranch(c, clauses[i].Label, count);
            c.Metering.Resume(0);
        }
    }

    private static int EmitPayload(FunctionCompiler c, int exception, uint tag)
    {
        var types = c.Validator.TagType(tag).Parameters;
        for (var i = 0; i < types.Length; i++)
        {
            c.Il.LoadLocal(exception);
            c.Il.LoadI4(i);
            Call(c, "Get" + CilTypes.Of(types[i]));
        }

        return types.Length;
    }

    private static void Throw(FunctionCompiler c, int tag)
    {
        var types = c.Validator.TagType((uint)tag).Parameters;
        var temps = c.Temps.Store(types);
        c.Metering.Settle();
        c.LoadField(FieldKind.Tag, tag);
        Call(c, nameof(ExceptionOps.New));
        for (var i = 0; i < temps.Length; i++)
        {
            c.Il.Op(ILOpCode.Dup);
            c.Il.LoadI4(i);
            c.Il.LoadLocal(temps[i]);
            Call(c, "Set" + CilTypes.Of(types[i]));
        }

        foreach (var temp in temps) c.Temps.Free(temp);
        c.Il.Op(ILOpCode.Throw);
    }

    // The earlier encoding

    private static void Catch(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var frame = c.Validator.Top;
        var isFirst = frame.Kind == Opcode.Try;
        if (!c.Dead) c.Reload();
        c.Validator.Step(in instruction);
        if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, isFirst ? ILOpCode.Leave : ILOpCode.Br);
        c.Spills.Drop(frame.Height);
        c.Dead = c.StateOf(frame).EnteredDead;
        if (c.Dead) return;
        if (isFirst)
        {
            c.StateOf(frame).ExceptionTemp = TakeException(c);
            var dispatch = c.Il.NewLabel();
            EmitHandler(c, frame, c.StateOf(frame).ExceptionTemp, dispatch);
            c.Il.Mark(dispatch);
        }

        if (c.StateOf(frame).NextCatchLabel >= 0) c.Il.Mark(c.StateOf(frame).NextCatchLabel);
        c.StateOf(frame).NextCatchLabel = -1;
        c.Spills.SetOnStack(frame.Height);
        if (instruction.Opcode == Opcode.Catch)
        {
            c.StateOf(frame).NextCatchLabel = c.Il.NewLabel();
            EmitHasTag(c, c.StateOf(frame).ExceptionTemp, instruction.Index);
            c.Il.Branch(ILOpCode.Brfalse, c.StateOf(frame).NextCatchLabel);
            EmitPayload(c, c.StateOf(frame).ExceptionTemp, instruction.Index);
        }

        c.Metering.Resume(0);
    }

    /// <summary>Ends a legacy <c>try</c> or its last catch clause.</summary>
    public static void EndLegacyTry(FunctionCompiler c, ControlFrame frame, Opcode kind)
    {
        if (c.StateOf(frame).EnteredDead) return;
        if (kind == Opcode.Try)
        {
            if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Leave);
            RethrowFrom(c, frame, c.Il.NewLabel(), null);
            c.Dead = true;
        }
        else if (c.StateOf(frame).NextCatchLabel >= 0)
        {
            if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Br);
            c.Il.Mark(c.StateOf(frame).NextCatchLabel);
            c.Il.LoadLocal(c.StateOf(frame).ExceptionTemp);
            c.Il.Op(ILOpCode.Throw);
            c.Dead = true;
        }
    }

    /// <summary>Closes a region whose exceptions are thrown again: at once, or where <paramref name="target"/> says.</summary>
    private static void RethrowFrom(FunctionCompiler c, ControlFrame frame, int label, ControlFrame? target)
    {
        var exception = TakeException(c);
        EmitHandler(c, frame, exception, label);
        var pending = new PendingThrow(label, exception);
        if (target is null && frame.Kind == Opcode.Try)
        {
            c.Il.Mark(label);
            c.Il.LoadLocal(exception);
            c.Il.Op(ILOpCode.Throw);
        }
        else if (target is null)
        {
            c.Frame.AddPendingThrow(pending);
        }
        else
        {
            (c.StateOf(target).Pending ??= []).Add(pending);
        }
    }

    private static void Delegate(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var frame = c.Validator.Top;
        if (!c.Dead) c.Reload();
        c.Validator.Step(in instruction);
        if (!c.StateOf(frame).EnteredDead)
        {
            if (!c.Dead) BranchEmitter.JumpToEnd(c, frame, ILOpCode.Leave);
            frame.Kind = Opcode.Delegate;
            RethrowFrom(c, frame, c.Il.NewLabel(), FindOpenTry(c, instruction.Index));
            c.Dead = true;
        }

        ControlEmitter.EndBlock(c, frame, Opcode.Delegate);
    }

    /// <summary>The innermost block at or around a label whose protected part is still open.</summary>
    private static ControlFrame? FindOpenTry(FunctionCompiler c, uint label)
    {
        for (; label < (uint)c.Validator.Depth; label++)
        {
            var frame = c.Validator.Label(label);
            if (c.StateOf(frame).TryStart >= 0) return frame;
        }

        return null;
    }

    private static void Call(FunctionCompiler c, string name) => c.Call(Members.Method(typeof(ExceptionOps), name));
}
