using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Loads, stores and atomic accesses (specification, sections 4.6.8).</summary>
internal static class MemoryEmitter
{
    private const int LargeBody = 1000;

    // CIL after the address of a load, and after address and value of a store.
    private static readonly byte[]?[] Cil = Table(new()
    {
        [Opcode.I32Load] = [0x4A],
        [Opcode.I64Load] = [0x4C],
        [Opcode.F32Load] = [0x4E],
        [Opcode.F64Load] = [0x4F],
        [Opcode.I32Load8S] = [0x46],
        [Opcode.I32Load8U] = [0x47],
        [Opcode.I32Load16S] = [0x48],
        [Opcode.I32Load16U] = [0x49],
        [Opcode.I64Load8S] = [0x46, 0x6A],
        [Opcode.I64Load8U] = [0x47, 0x6E],
        [Opcode.I64Load16S] = [0x48, 0x6A],
        [Opcode.I64Load16U] = [0x49, 0x6E],
        [Opcode.I64Load32S] = [0x4A, 0x6A],
        [Opcode.I64Load32U] = [0x4B, 0x6E],
        [Opcode.I32Store] = [0x54],
        [Opcode.I64Store] = [0x55],
        [Opcode.F32Store] = [0x56],
        [Opcode.F64Store] = [0x57],
        [Opcode.I32Store8] = [0x52],
        [Opcode.I32Store16] = [0x53],
        [Opcode.I64Store8] = [0x69, 0x52],
        [Opcode.I64Store16] = [0x69, 0x53],
        [Opcode.I64Store32] = [0x69, 0x54],
    });

    private static byte[]?[] Table(Dictionary<Opcode, byte[]> rows)
    {
        var table = new byte[]?[0x100];
        foreach (var (opcode, bytes) in rows) table[(int)opcode] = bytes;
        return table;
    }

    public static void Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        if (ChecksItself(instruction.Opcode))
        {
            EmitWait(c, in instruction);
            return;
        }

        var operands = instruction.Info.Operands.Length - 1;
        if (operands == 0) EmitAddress(c, in instruction);
        else if (operands == 1) EmitAddressBelow(c, in instruction);
        else EmitAddressBelowMany(c, in instruction);
        EmitAccess(c, in instruction);
    }

    /// <summary>Whether an access is made by the runtime, which sees for itself that it is inside.</summary>
    public static bool ChecksItself(Opcode opcode) =>
        opcode is Opcode.MemoryAtomicNotify or Opcode.MemoryAtomicWait32 or Opcode.MemoryAtomicWait64;

    private static void EmitAccess(FunctionCompiler c, ref readonly Instruction instruction)
    {
        if ((uint)instruction.Opcode < 0x100 && Cil[(int)instruction.Opcode] is { } bytes)
        {
            c.Il.Raw(bytes);
        }
        else if (instruction.Opcode == Opcode.V128Load)
        {
            c.Il.Op(ILOpCode.Ldobj, c.Fragment.Token(typeof(Vector128<byte>)));
        }
        else if (instruction.Opcode == Opcode.V128Store)
        {
            c.Il.Op(ILOpCode.Stobj, c.Fragment.Token(typeof(Vector128<byte>)));
        }
        else if (!IntrinsicEmitter.TryEmitLane(c, instruction.Opcode, (byte)instruction.Lane))
        {
            if (instruction.Info.Immediates == ImmediateShape.MemoryArgumentLane) c.Il.LoadI4(instruction.Lane);
            NumericEmitter.EmitOperation(c, instruction.Info);
        }
    }

    /// <summary>The operand above the address steps aside while the address is computed.</summary>
    private static void EmitAddressBelow(FunctionCompiler c, ref readonly Instruction instruction)
    {
        Span<byte> simple = stackalloc byte[16];
        var length = c.TakeSimple(simple);
        if (length > 0)
        {
            EmitAddress(c, in instruction);
            c.Il.Raw(simple[..length]);
            return;
        }

        var value = c.Temps.Take(TypeOf(instruction.Info.Operands[1]));
        c.Il.StoreLocal(value);
        EmitAddress(c, in instruction);
        c.Il.LoadLocal(value);
        c.Temps.Free(value);
    }

    private static void EmitAddressBelowMany(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var letters = instruction.Info.Operands;
        var temps = new int[letters.Length - 1];
        for (var i = temps.Length - 1; i >= 0; i--)
        {
            temps[i] = c.Temps.Take(TypeOf(letters[i + 1]));
            c.Il.StoreLocal(temps[i]);
        }

        EmitAddress(c, in instruction);
        c.Temps.Load(temps, release: true);
    }

    private static CilType TypeOf(char letter) => letter switch
    {
        'l' => CilType.I64,
        'f' => CilType.F32,
        'd' => CilType.F64,
        'v' => CilType.V128,
        _ => CilType.I32,
    };

    /// <summary>Turns the address on the stack into a pointer to bytes that may be accessed, or whose access faults.</summary>
    private static void EmitAddress(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var memory = instruction.Index;
        if (instruction.Info.IsAtomic) EmitAlignmentCheck(c, in instruction);
        if (c.GuardedMemories[memory] || c.RequiredExtent == 0)
        {
            if (!c.AddressIsWide) c.Il.Op(ILOpCode.Conv_u);
            EmitPointer(c, in instruction);
            return;
        }

        EmitCheckedAddress(c, in instruction, c.Module.Memories[(int)memory].Limits.Is64);
    }

    /// <summary>Adds the base of the memory and the offset to a native integer.</summary>
    private static void EmitPointer(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Frame.LoadMemoryBase(instruction.Index);
        c.Il.Op(ILOpCode.Add);
        if (instruction.Bits == 0) return;
        if (instruction.Bits <= int.MaxValue) c.Il.LoadI4((int)instruction.Bits);
        else c.Il.LoadI8((long)instruction.Bits);
        if (instruction.Bits > int.MaxValue) c.Il.Op(ILOpCode.Conv_i);
        c.Il.Op(ILOpCode.Add);
    }

    /// <summary>
    /// Written out, though a method of the runtime could do it: of the methods that a large function calls, the JIT compiler
    /// inlines only some hundreds.
    /// </summary>
    private static void EmitCheckedAddress(FunctionCompiler c, ref readonly Instruction instruction, bool is64)
    {
        var il = c.Il;
        var memory = instruction.Index;

        // The JIT compiler does not optimize functions of too many blocks. So in large ones the trap is shared, behind the body,
        // where nothing else is on the stack; its offset then names the end of the function.
        var isShared = c.BodyBytes > LargeBody && c.TryDepth == 0 && c.Spills.OnStack == (instruction.Info.ResultKinds.Length > 0 ? 1 : 0);
        var outside = isShared ? c.Frame.RequireMemoryTrap() : -1;
        var index = c.Temps.Take(CilType.I64);
        var width = (ulong)instruction.Info.Width;
        var last = (c.RequiredExtent ?? instruction.Bits + width) - width;
        if (!is64) il.Op(ILOpCode.Conv_u8);
        il.StoreLocal(index);
        il.LoadLocal(index);
        if (last > 0)
        {
            il.LoadI8((long)last);
            il.Op(ILOpCode.Add);
        }

        if (is64 && last > 0)
        {
            // The sum was too large.
            var sum = c.Temps.Take(CilType.I64);
            if (!isShared) outside = il.NewLabel();
            il.StoreLocal(sum);
            il.LoadLocal(sum);
            il.LoadI8((long)last);
            il.Branch(ILOpCode.Blt_un, outside);
            il.LoadLocal(sum);
            c.Temps.Free(sum);
        }

        c.Frame.LoadMemory(memory);
        il.Op(ILOpCode.Ldfld, c.Fragment.Token(Members.MemoryEnd(instruction.Info.NaturalAlignment)));
        if (isShared)
        {
            il.Branch(ILOpCode.Bge_un, outside);
        }
        else
        {
            var inside = il.NewLabel();
            il.Branch(ILOpCode.Blt_un, inside);
            if (outside >= 0) il.Mark(outside);
            c.EmitTrap(nameof(Trap.MemoryOutOfBounds));
            il.Mark(inside);
        }

        il.LoadLocal(index);
        il.Op(ILOpCode.Conv_i);
        EmitPointer(c, in instruction);
        c.Temps.Free(index);
    }

    private static void EmitAlignmentCheck(FunctionCompiler c, ref readonly Instruction instruction)
    {
        if (instruction.Info.Width == 1) return;
        c.Il.Op(ILOpCode.Dup);
        if (!c.Module.Memories[(int)instruction.Index].Limits.Is64) c.Il.Op(ILOpCode.Conv_u8);
        c.Il.LoadI8((long)instruction.Bits);
        c.Il.Op(ILOpCode.Add);
        c.Il.LoadI4(instruction.Info.Width);
        c.Call(Members.Method(typeof(AtomicOps), nameof(AtomicOps.CheckAligned)));
    }

    /// <summary>Waits and notifications take the memory and the offset, because they are keyed by them.</summary>
    private static void EmitWait(FunctionCompiler c, ref readonly Instruction instruction)
    {
        c.Frame.HasCalls = true;
        var operands = instruction.Info.Operands;
        var temps = new int[operands.Length - 1];
        for (var i = temps.Length - 1; i >= 0; i--)
        {
            temps[i] = c.Temps.Take(TypeOf(operands[i + 1]));
            c.Il.StoreLocal(temps[i]);
        }

        var is64 = c.Module.Memories[(int)instruction.Index].Limits.Is64;
        if (!is64) c.Il.Op(ILOpCode.Conv_u8);
        c.Il.LoadI8((long)instruction.Bits);
        c.LoadField(FieldKind.Memory, (int)instruction.Index);
        c.Temps.Load(temps, release: true);
        c.LoadInstance();
        c.Call(Members.Method(typeof(MemoryAccess), instruction.Opcode switch
        {
            Opcode.MemoryAtomicNotify => nameof(MemoryAccess.Notify),
            Opcode.MemoryAtomicWait32 => nameof(MemoryAccess.Wait32),
            _ => nameof(MemoryAccess.Wait64),
        }));
    }
}
