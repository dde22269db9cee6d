using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Tables, segments and bulk memory operations. Addresses reach the semantics as 64-bit numbers.</summary>
internal static class BulkEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var index = (int)instruction.Index;
        var index2 = (int)instruction.Index2;
        switch (instruction.Opcode)
        {
            case Opcode.TableGet:
                Widen(c, Table(c, index));
                c.LoadField(FieldKind.Table, index);
                Call(c, nameof(TableOps.Get));
                return true;
            case Opcode.TableSet:
                WidenBelow(c, [Table(c, index), null]);
                c.LoadField(FieldKind.Table, index);
                Call(c, nameof(TableOps.Set));
                return true;
            case Opcode.TableSize:
                c.LoadField(FieldKind.Table, index);
                Call(c, nameof(TableOps.Size));
                if (Table(c, index)) c.Il.Op(ILOpCode.Conv_i8);
                return true;
            case Opcode.TableGrow:
                Widen(c, Table(c, index));
                c.LoadField(FieldKind.Table, index);
                Call(c, nameof(TableOps.Grow));
                if (!Table(c, index)) c.Il.Op(ILOpCode.Conv_i4);
                return true;
            case Opcode.TableFill:
                WidenBelow(c, [Table(c, index), null, Table(c, index)]);
                c.LoadField(FieldKind.Table, index);
                Call(c, nameof(TableOps.Fill));
                return true;
            case Opcode.TableCopy:
                WidenBelow(c, [Table(c, index), Table(c, index2), Table(c, index) && Table(c, index2)]);
                c.LoadField(FieldKind.Table, index);
                c.LoadField(FieldKind.Table, index2);
                Call(c, nameof(TableOps.Copy));
                return true;
            case Opcode.TableInit:
                WidenBelow(c, [Table(c, index2), null, null]);
                c.LoadField(FieldKind.Table, index2);
                c.LoadInstance();
                c.Il.LoadI4(index);
                Call(c, nameof(TableOps.Init));
                return true;
            default:
                return EmitMemoryBulk(c, in instruction);
        }
    }

    private static bool EmitMemoryBulk(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var index = (int)instruction.Index;
        var index2 = (int)instruction.Index2;
        switch (instruction.Opcode)
        {
            case Opcode.MemoryInit:
                WidenBelow(c, [Memory(c, index2), null, null]);
                c.LoadField(FieldKind.Memory, index2);
                c.LoadInstance();
                c.Il.LoadI4(index);
                Call(c, nameof(TableOps.MemoryInit));
                return true;
            case Opcode.MemoryFill:
                EmitWithMemory(c, index, [Memory(c, index), null, Memory(c, index)], nameof(MemoryOps.Fill));
                return true;
            case Opcode.MemoryCopy:
                EmitCopy(c, index, index2);
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>memory.size</c> and <c>memory.grow</c>.</summary>
    public static void EmitMemory(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var is64 = Memory(c, (int)instruction.Index);
        if (instruction.Opcode == Opcode.MemoryGrow)
        {
            Widen(c, is64);
            var delta = c.Temps.Take(CilType.I64);
            c.Il.StoreLocal(delta);
            c.LoadField(FieldKind.Memory, (int)instruction.Index);
            c.Il.LoadLocal(delta);
            c.Temps.Free(delta);
            c.Call(Members.Method(typeof(LinearMemory), nameof(LinearMemory.Grow)));
        }
        else
        {
            c.LoadField(FieldKind.Memory, (int)instruction.Index);
            c.Call(typeof(LinearMemory).GetProperty(nameof(LinearMemory.PageCount))!.GetMethod!);
        }

        if (!is64) c.Il.Op(ILOpCode.Conv_i4);
    }

    /// <summary><c>data.drop</c> and <c>elem.drop</c>.</summary>
    public static void EmitDrop(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.LoadInstance();
        c.Il.LoadI4((int)instruction.Index);
        Call(c, instruction.Opcode == Opcode.DataDrop ? nameof(TableOps.DropData) : nameof(TableOps.DropElements));
    }

    private static void EmitWithMemory(FunctionCompiler c, int memory, bool?[] wide, string method)
    {
        var temps = StoreWide(c, wide, byteAt: 1);
        c.LoadField(FieldKind.Memory, memory);
        c.Temps.Load(temps, release: true);
        c.Call(Members.Method(typeof(MemoryOps), method));
    }

    private static void EmitCopy(FunctionCompiler c, int destination, int source)
    {
        var temps = StoreWide(c, [Memory(c, destination), Memory(c, source), Memory(c, destination) && Memory(c, source)], -1);
        c.LoadField(FieldKind.Memory, destination);
        c.Il.LoadLocal(temps[0]);
        c.LoadField(FieldKind.Memory, source);
        c.Il.LoadLocal(temps[1]);
        c.Il.LoadLocal(temps[2]);
        foreach (var temp in temps) c.Temps.Free(temp);
        c.Call(Members.Method(typeof(MemoryOps), nameof(MemoryOps.Copy)));
    }

    /// <summary>Stores operands in temporaries, addresses widened; null stands for a value that is no address.</summary>
    private static int[] StoreWide(FunctionCompiler c, bool?[] wide, int byteAt)
    {
        var temps = new int[wide.Length];
        for (var i = wide.Length - 1; i >= 0; i--)
        {
            if (wide[i] is { } is64) Widen(c, is64);
            temps[i] = c.Temps.Take(i == byteAt ? CilType.I32 : CilType.I64);
            c.Il.StoreLocal(temps[i]);
        }

        return temps;
    }

    /// <summary>
    /// Widens addresses among the top operands to 64 bits; null stands for an operand that is no address. Does nothing
    /// to the stack when there is nothing to widen below the top.
    /// </summary>
    private static void WidenBelow(FunctionCompiler c, bool?[] wide)
    {
        var lowest = Array.FindIndex(wide, entry => entry == false);
        if (lowest < 0) return;
        var count = wide.Length - lowest;
        var temps = new int[count];
        for (var i = count - 1; i > 0; i--)
        {
            var operand = wide[lowest + i];
            if (operand is { } is64) Widen(c, is64);
            temps[i] = c.Temps.Take(operand is null ? TypeOfOther(c) : CilType.I64);
            c.Il.StoreLocal(temps[i]);
        }

        Widen(c, false);
        for (var i = 1; i < count; i++)
        {
            c.Il.LoadLocal(temps[i]);
            c.Temps.Free(temps[i]);
        }
    }

    // The second operand of table.set and table.fill is a reference; those of the init instructions are i32.
    private static CilType TypeOfOther(FunctionCompiler c) =>
        c.CurrentOpcode is Opcode.TableSet or Opcode.TableFill ? CilType.Object : CilType.I32;

    private static void Widen(FunctionCompiler c, bool is64)
    {
        if (!is64) c.Il.Op(ILOpCode.Conv_u8);
    }

    private static bool Table(FunctionCompiler c, int index) => c.Module.Tables[index].Type.Limits.Is64;

    private static bool Memory(FunctionCompiler c, int index) => c.Module.Memories[index].Limits.Is64;

    private static void Call(FunctionCompiler c, string name) => c.Call(Members.Method(typeof(TableOps), name));
}
