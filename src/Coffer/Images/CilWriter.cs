using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Coffer.Images;

/// <summary>
/// Writes the CIL of one method into a buffer that is reused from method to method. Labels are numbers; forward
/// branches take the long form, because one pass cannot know their distance.
/// </summary>
internal sealed class CilWriter
{
    private const int Unmarked = -1;

    private byte[] code = new byte[4096];
    private readonly List<int> labels = [];
    private readonly List<(int Operand, int Base, int Label)> fixups = [];
    private readonly List<int> symbols = [];

    /// <summary>The number of bytes written.</summary>
    public int Position { get; private set; }

    /// <summary>What was written, with all branches resolved once <see cref="ResolveBranches"/> was called.</summary>
    public ReadOnlySpan<byte> Code => code.AsSpan(0, Position);

    /// <summary>Where tokens are to be put in place of symbols.</summary>
    public ReadOnlySpan<int> Symbols => CollectionsMarshal.AsSpan(symbols);

    /// <summary>Where the last label was marked: code before it may be reached on other ways.</summary>
    public int LastMark { get; private set; }

    public void Clear()
    {
        Position = 0;
        LastMark = 0;
        labels.Clear();
        fixups.Clear();
        symbols.Clear();
    }

    /// <summary>Takes back the bytes from <paramref name="position"/> on, among which must be no symbol.</summary>
    public void Rewind(int position) => Position = position;

    public void Op(ILOpCode opcode)
    {
        var number = (int)opcode;
        Ensure(2);
        if (number > 0xFF) code[Position++] = (byte)(number >> 8);
        code[Position++] = (byte)number;
    }

    /// <summary>An instruction with a token, or with a symbol that stands for one.</summary>
    public void Op(ILOpCode opcode, int token)
    {
        Op(opcode);
        if (token >>> 24 == (int)TableKind.Symbol) symbols.Add(Position);
        Int32(token);
    }

    /// <summary>Bytes that are complete instructions.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(code.AsSpan(Position));
        Position += bytes.Length;
    }

    public void LoadArgument(int index)
    {
        if (index < 4) Op((ILOpCode)((int)ILOpCode.Ldarg_0 + index));
        else Indexed(ILOpCode.Ldarg_s, ILOpCode.Ldarg, index);
    }

    public void StoreArgument(int index) => Indexed(ILOpCode.Starg_s, ILOpCode.Starg, index);

    public void LoadLocal(int index)
    {
        if (index < 4) Op((ILOpCode)((int)ILOpCode.Ldloc_0 + index));
        else Indexed(ILOpCode.Ldloc_s, ILOpCode.Ldloc, index);
    }

    public void StoreLocal(int index)
    {
        if (index < 4) Op((ILOpCode)((int)ILOpCode.Stloc_0 + index));
        else Indexed(ILOpCode.Stloc_s, ILOpCode.Stloc, index);
    }

    public void LoadLocalAddress(int index) => Indexed(ILOpCode.Ldloca_s, ILOpCode.Ldloca, index);

    public void LoadI4(int value)
    {
        if (value is >= -1 and <= 8)
        {
            Op((ILOpCode)((int)ILOpCode.Ldc_i4_0 + value));
        }
        else if (value == (sbyte)value)
        {
            Op(ILOpCode.Ldc_i4_s);
            Byte((byte)value);
        }
        else
        {
            Op(ILOpCode.Ldc_i4);
            Int32(value);
        }
    }

    public void LoadI8(long value)
    {
        if (value == (int)value)
        {
            LoadI4((int)value);
            Op(ILOpCode.Conv_i8);
        }
        else if (value == (uint)value)
        {
            LoadI4((int)value);
            Op(ILOpCode.Conv_u8);
        }
        else
        {
            Op(ILOpCode.Ldc_i8);
            Int64(value);
        }
    }

    public void LoadR4(int bits)
    {
        Op(ILOpCode.Ldc_r4);
        Int32(bits);
    }

    public void LoadR8(long bits)
    {
        Op(ILOpCode.Ldc_r8);
        Int64(bits);
    }

    public int NewLabel()
    {
        labels.Add(Unmarked);
        return labels.Count - 1;
    }

    public void Mark(int label)
    {
        labels[label] = Position;
        LastMark = Position;
    }

    /// <summary>A branch; a short one when the label is behind and near.</summary>
    public void Branch(ILOpCode opcode, int label)
    {
        var target = labels[label];
        if (target != Unmarked && Position + 2 - target <= 128)
        {
            Op(opcode.GetShortBranch());
            Byte((byte)(target - (Position + 1)));
            return;
        }

        Op(opcode);
        fixups.Add((Position, Position + 4, label));
        Int32(0);
    }

    public void Switch(ReadOnlySpan<int> targets)
    {
        Op(ILOpCode.Switch);
        Int32(targets.Length);
        var next = Position + (targets.Length * 4);
        foreach (var target in targets)
        {
            fixups.Add((Position, next, target));
            Int32(0);
        }
    }

    /// <summary>Makes an instruction of one byte do nothing.</summary>
    public void Erase(int position) => code[position] = (byte)ILOpCode.Nop;

    private void Patch(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(position), value);

    public void ResolveBranches()
    {
        foreach (var (operand, origin, label) in fixups) Patch(operand, labels[label] - origin);
    }

    private void Indexed(ILOpCode small, ILOpCode large, int index)
    {
        if (index <= 0xFF)
        {
            Ensure(2);
            code[Position] = (byte)small;
            code[Position + 1] = (byte)index;
            Position += 2;
            return;
        }

        Op(large);
        Ensure(2);
        BinaryPrimitives.WriteUInt16LittleEndian(code.AsSpan(Position), checked((ushort)index));
        Position += 2;
    }

    private void Byte(byte value)
    {
        Ensure(1);
        code[Position++] = value;
    }

    private void Int32(int value)
    {
        Ensure(4);
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(Position), value);
        Position += 4;
    }

    private void Int64(long value)
    {
        Ensure(8);
        BinaryPrimitives.WriteInt64LittleEndian(code.AsSpan(Position), value);
        Position += 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int count)
    {
        if (Position + count > code.Length) Grow(count);
    }

    private void Grow(int count) => Array.Resize(ref code, Math.Max(code.Length * 2, Position + count));
}
