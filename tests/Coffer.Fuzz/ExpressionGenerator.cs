using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Fuzz;

/// <summary>
/// Writes expressions of random instructions from the opcode table, and calls of functions before the one that is written. NaNs
/// are made canonical where they arise.
/// </summary>
internal sealed class ExpressionGenerator
{
    /// <summary>The types of values, in the order of the globals.</summary>
    public const string Letters = "ilfdv";

    /// <summary>The locals behind the parameters. The last four count loops, and no expression touches them.</summary>
    public static readonly string Locals = string.Concat(Enumerable.Repeat(Letters, 3)) + "iiii";

    private readonly Random random;
    private readonly WasmWriter code;
    private readonly Signature signature;
    private readonly IReadOnlyList<Signature> callees;
    private readonly IReadOnlyList<Signature> types;
    private readonly GuestShape shape;
    private readonly ILookup<char, OpcodeInfo> producers;
    private readonly OpcodeInfo[] stores;
    private int budget = 150;

    // The local that was last used as an address; -1 while there is none.
    private int pointer = -1;

    public ExpressionGenerator(
        Random random, WasmWriter code, Signature signature, IReadOnlyList<Signature> callees, IReadOnlyList<Signature> types, GuestShape shape)
    {
        this.random = random;
        this.code = code;
        this.signature = signature;
        this.callees = callees;
        this.types = types;
        this.shape = shape;
        var portable = shape.HasFlag(GuestShape.Portable);
        var rows = OpcodeTable.All.Where(row => IsUsable(row, portable)).ToList();
        producers = rows.Where(row => row.Signature.Split(':')[1].Length == 1).ToLookup(row => row.Signature[^1] == 'a' ? 'i' : row.Signature[^1]);
        stores = [.. rows.Where(row => row.Signature.EndsWith(':') && row.Width > 0)];
    }

    /// <summary>Takes one from what a body may have before its expressions get short.</summary>
    public void Spend() => budget--;

    /// <summary>Writes a store of some width, with its operands.</summary>
    public void Store()
    {
        var store = stores[random.Next(stores.Length)];
        foreach (var operand in store.Operands) Operand(store, operand, 3);
        Instruction(store);
    }

    private static bool IsUsable(OpcodeInfo row, bool portable) =>
        !row.IsSpecial
        && row.Immediates is ImmediateShape.None or ImmediateShape.MemoryArgument or ImmediateShape.MemoryArgumentLane
            or ImmediateShape.Lane or ImmediateShape.Shuffle
        && !row.Mnemonic.StartsWith("memory.", StringComparison.Ordinal)
        && row.Mnemonic is not ("atomic.fence" or "nop")
        && !(portable && row.Feature is Features.RelaxedSimd or Features.WideArithmetic);

    /// <summary>A type in the binary format.</summary>
    public static byte TypeByte(char letter) => letter switch
    {
        'i' => 0x7F,
        'l' => 0x7E,
        'f' => 0x7D,
        'd' => 0x7C,
        _ => 0x7B,
    };

    /// <summary>Writes an expression that leaves one value.</summary>
    public void Expression(char letter, int depth)
    {
        if (--budget < 0 || depth <= 0)
        {
            Leaf(letter);
            return;
        }

        switch (random.Next(12))
        {
            case 0:
                Leaf(letter);
                break;
            case 1:
                code.WriteBytes([0x02, TypeByte(letter)]);
                Expression(letter, depth - 1);
                Expression('i', depth - 2);
                code.WriteBytes([0x0D, 0x00, 0x1A]);
                Expression(letter, depth - 1);
                code.WriteByte(0x0B);
                break;
            case 2:
                Expression('i', depth - 1);
                code.WriteBytes([0x04, TypeByte(letter)]);
                Expression(letter, depth - 1);
                code.WriteByte(0x05);
                Expression(letter, depth - 1);
                code.WriteByte(0x0B);
                break;
            case 3:
                Expression(letter, depth - 1);
                Expression(letter, depth - 1);
                Expression('i', depth - 1);
                code.WriteBytes([0x1C, 0x01, TypeByte(letter)]);
                break;
            case 4:
                Expression(letter, depth - 1);
                Local(0x22, letter);
                break;
            case 5 or 6 when Callable(letter) is { Count: > 0 } callable:
                Call(callable[random.Next(callable.Count)], depth);
                break;
            default:
                var rows = producers[letter].ToArray();
                var row = rows[random.Next(rows.Length)];
                foreach (var operand in row.Operands) Operand(row, operand, depth - 1);
                Instruction(row);
                Canonicalize(row, letter);
                break;
        }
    }

    private List<int> Callable(char letter) =>
        [.. Enumerable.Range(0, callees.Count).Where(i => callees[i].Results.StartsWith(letter))];

    private void Call(int function, int depth)
    {
        CallWith(function, depth - 2, direct: 0x10, indirect: 0x11);
        for (var i = 1; i < callees[function].Results.Length; i++) code.WriteByte(0x1A);
    }

    /// <summary>Writes a call, directly or through the table, with its arguments.</summary>
    public void CallWith(int function, int depth, byte direct, byte indirect)
    {
        var callee = callees[function];
        foreach (var parameter in callee.Parameters) Expression(parameter, depth);
        if (random.Next(2) == 0)
        {
            code.WriteByte(direct);
            code.WriteUnsigned((ulong)function);
            return;
        }

        code.WriteByte(0x41);
        code.WriteSigned(function);
        code.WriteByte(indirect);
        code.WriteUnsigned((ulong)types.ToList().IndexOf(callee));
        code.WriteByte(0);
    }

    private void Operand(OpcodeInfo row, char letter, int depth)
    {
        if (letter != 'a')
        {
            Expression(letter, depth);
            return;
        }

        if (pointer >= 0 && !row.IsAtomic && random.Next(2) == 0)
        {
            // An access through the same local as others: of these a compiler may check some alone.
            Get((byte)pointer);
            if (random.Next(4) > 0) return;
            code.WriteByte(0x41);
            code.WriteSigned(random.Next(4) * 16);
            code.WriteByte(0x6A);
            return;
        }

        Expression('i', depth);
        if (IsAnywhere()) return;
        if (random.Next(3) == 0 && !row.IsAtomic)
        {
            // Nearly always inside the memory, but not as far as a compiler can see.
            code.WriteByte(0x41);
            code.WriteSigned(0xFFF0);
            code.WriteByte(0x71);
            Local(0x22, 'i');
            pointer = LastLocal;
            return;
        }

        // Inside the memory, and aligned for every width.
        code.WriteByte(0x41);
        code.WriteSigned(0xFF00);
        code.WriteByte(0x71);
    }

    /// <summary>Whether an address is left as it comes. Rich bodies have more accesses, and should get to their end as often.</summary>
    public bool IsAnywhere() => random.Next(60) == 0 && (!shape.HasFlag(GuestShape.Rich) || random.Next(4) == 0);

    private void Leaf(char letter)
    {
        switch (random.Next(3))
        {
            case 0:
                Local(0x20, letter);
                break;
            case 1:
                code.WriteByte(0x23);
                code.WriteUnsigned((ulong)Letters.IndexOf(letter));
                break;
            default:
                Constant(letter);
                break;
        }
    }

    private void Constant(char letter)
    {
        switch (letter)
        {
            case 'i':
                code.WriteByte(0x41);
                code.WriteSigned((int)Interesting());
                break;
            case 'l':
                code.WriteByte(0x42);
                code.WriteSigned(Interesting());
                break;
            case 'f':
                code.WriteByte(0x43);
                code.WriteBytes(BitConverter.GetBytes((float)InterestingFloat()));
                break;
            case 'd':
                code.WriteByte(0x44);
                code.WriteBytes(BitConverter.GetBytes(InterestingFloat()));
                break;
            default:
                code.WriteByte(0xFD);
                code.WriteUnsigned(12);
                code.WriteBytes(BitConverter.GetBytes(Interesting()));
                code.WriteBytes(BitConverter.GetBytes(Interesting()));
                break;
        }
    }

    private long Interesting() => random.Next(6) switch
    {
        0 => random.Next(-3, 4),
        1 => 1L << random.Next(64),
        2 => (1L << random.Next(64)) - 1,
        3 => random.NextInt64(),
        4 => unchecked((int)0x80000000),
        _ => random.Next(),
    };

    private double InterestingFloat() => random.Next(8) switch
    {
        0 => 0.0,
        1 => -0.0,
        2 => double.PositiveInfinity,
        3 => random.NextDouble() * 1e10,
        4 => -random.NextDouble(),
        5 => float.Epsilon,
        6 => Interesting(),
        _ => random.Next(-5, 6) + 0.5,
    };

    /// <summary>Writes an instruction of some local of a type.</summary>
    public void Local(byte opcode, char letter)
    {
        // Parameters and the first fifteen locals; the last four count loops.
        var all = signature.Parameters + Locals[..15];
        var indices = Enumerable.Range(0, all.Length).Where(i => all[i] == letter).ToArray();
        code.WriteByte(opcode);
        code.WriteUnsigned((ulong)indices[random.Next(indices.Length)]);
    }

    private void Instruction(OpcodeInfo row)
    {
        var number = (uint)row.Opcode;
        if (number >> 16 != 0)
        {
            code.WriteByte((byte)(number >> 16));
            code.WriteUnsigned(number & 0xFFFF);
        }
        else
        {
            code.WriteByte((byte)number);
        }

        switch (row.Immediates)
        {
            case ImmediateShape.MemoryArgument or ImmediateShape.MemoryArgumentLane:
                code.WriteUnsigned((ulong)System.Numerics.BitOperations.Log2((uint)row.Width));
                code.WriteUnsigned((ulong)(random.Next(8) * 16));
                if (row.Immediates == ImmediateShape.MemoryArgumentLane) code.WriteByte((byte)random.Next(16 / row.Width));
                break;
            case ImmediateShape.Lane:
                code.WriteByte((byte)random.Next(LanesOf(row.Mnemonic)));
                break;
            case ImmediateShape.Shuffle:
                for (var i = 0; i < 16; i++) code.WriteByte((byte)random.Next(32));
                break;
        }
    }

    private static int LanesOf(string mnemonic) => int.Parse(mnemonic.AsSpan(mnemonic.IndexOf('x') + 1, mnemonic.IndexOf('.') - mnemonic.IndexOf('x') - 1));

    /// <summary>The bits of a NaN may differ between engines; after this they do not.</summary>
    private void Canonicalize(OpcodeInfo row, char letter)
    {
        if (row.Width > 0) return;
        if (letter is 'f' or 'd')
        {
            Local(0x22, letter);
            var tee = LastLocal;
            Constant(letter, double.NaN);
            Get(tee);
            Get(tee);
            code.WriteByte(letter == 'f' ? (byte)0x5B : (byte)0x61);
            code.WriteBytes([0x1C, 0x01, TypeByte(letter)]);
            KeepIn(tee);
        }
        else if (letter == 'v' && (row.Mnemonic.StartsWith("f32x4.", StringComparison.Ordinal) || row.Mnemonic.StartsWith("f64x2.", StringComparison.Ordinal)))
        {
            var isSingle = row.Mnemonic[1] == '3';
            Local(0x22, 'v');
            var tee = LastLocal;
            code.WriteByte(0xFD);
            code.WriteUnsigned(12);
            for (var i = 0; i < 2; i++) code.WriteBytes(BitConverter.GetBytes(isSingle ? 0x7FC00000_7FC00000 : 0x7FF80000_00000000));
            Get(tee);
            Get(tee);
            code.WriteByte(0xFD);
            code.WriteUnsigned(isSingle ? 0x41u : 0x47u);
            code.WriteByte(0xFD);
            code.WriteUnsigned(0x52);
            KeepIn(tee);
        }
    }

    // Else a later read of the local would find the NaN as the engine made it.
    private void KeepIn(byte local) => code.WriteBytes([0x22, local]);

    // The index that the last instruction named; locals are fewer than 128.
    private byte LastLocal => code.Written[^1];

    private void Get(byte local) => code.WriteBytes([0x20, local]);

    private void Constant(char letter, double value)
    {
        if (letter == 'f')
        {
            code.WriteByte(0x43);
            code.WriteBytes(BitConverter.GetBytes(0x7FC00000));
        }
        else
        {
            code.WriteByte(0x44);
            code.WriteBytes(BitConverter.GetBytes(double.IsNaN(value) ? 0x7FF80000_00000000 : BitConverter.DoubleToInt64Bits(value)));
        }
    }
}
