using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Fuzz;

/// <summary>The type of a generated function: letters as in the opcode table.</summary>
internal sealed record Signature(string Parameters, string Results);

/// <summary>
/// Writes one valid function body: expressions of random instructions from the opcode table, blocks, loops with counters,
/// calls of functions before it. It always ends, and NaNs are made canonical where they arise.
/// </summary>
internal sealed class BodyGenerator
{
    private const string Letters = "ilfdv";
    private static readonly string Locals = string.Concat(Enumerable.Repeat("ilfdv", 3)) + "iiii";

    private readonly Random random;
    private readonly WasmWriter code = new();
    private readonly Signature signature;
    private readonly IReadOnlyList<Signature> callees;
    private readonly IReadOnlyList<Signature> types;
    private readonly GuestShape shape;
    private readonly ILookup<char, OpcodeInfo> producers;
    private readonly OpcodeInfo[] stores;
    private int budget = 150;
    private int loops;

    // The local that was last used as an address; -1 while there is none.
    private int pointer = -1;

    public BodyGenerator(Random random, Signature signature, IReadOnlyList<Signature> callees, IReadOnlyList<Signature> types, GuestShape shape)
    {
        this.random = random;
        this.signature = signature;
        this.callees = callees;
        this.types = types;
        this.shape = shape;
        var portable = shape.HasFlag(GuestShape.Portable);
        var rows = OpcodeTable.All.Where(row => IsUsable(row, portable)).ToList();
        producers = rows.Where(row => row.Signature.Split(':')[1].Length == 1).ToLookup(row => row.Signature[^1] == 'a' ? 'i' : row.Signature[^1]);
        stores = [.. rows.Where(row => row.Signature.EndsWith(':') && row.Width > 0)];
    }

    private static bool IsUsable(OpcodeInfo row, bool portable) =>
        !row.IsSpecial
        && row.Immediates is ImmediateShape.None or ImmediateShape.MemoryArgument or ImmediateShape.MemoryArgumentLane
            or ImmediateShape.Lane or ImmediateShape.Shuffle
        && !row.Mnemonic.StartsWith("memory.", StringComparison.Ordinal)
        && row.Mnemonic is not ("atomic.fence" or "nop")
        && !(portable && row.Feature is Features.RelaxedSimd or Features.WideArithmetic);

    /// <summary>The body with its locals and its end.</summary>
    public byte[] Generate()
    {
        code.WriteUnsigned((ulong)Locals.Length);
        foreach (var letter in Locals)
        {
            code.WriteUnsigned(1);
            code.WriteByte(TypeByte(letter));
        }

        for (var i = random.Next(2, 8); i > 0; i--) Statement(3);
        if (!IsRich || random.Next(4) > 0 || !TailCall()) Results(5);
        code.WriteByte(0x0B);
        return code.ToArray();
    }

    public static byte TypeByte(char letter) => letter switch
    {
        'i' => 0x7F,
        'l' => 0x7E,
        'f' => 0x7D,
        'd' => 0x7C,
        _ => 0x7B,
    };

    private bool IsRich => shape.HasFlag(GuestShape.Rich);

    private void Results(int depth)
    {
        foreach (var result in signature.Results) Expression(result, depth);
    }

    private void Statement(int depth)
    {
        budget--;
        if (IsRich && random.Next(5) == 0)
        {
            RichStatement(depth);
            return;
        }

        switch (depth > 0 ? random.Next(8) : random.Next(3))
        {
            case 0:
                var letter = Letters[random.Next(5)];
                Expression(letter, 4);
                Local(0x21, letter);
                break;
            case 1:
                var store = stores[random.Next(stores.Length)];
                foreach (var operand in store.Operands) Operand(store, operand, 3);
                Instruction(store);
                break;
            case 2:
                var kind = random.Next(5);
                Expression(Letters[kind], 4);
                code.WriteByte(0x24);
                code.WriteUnsigned((ulong)kind);
                break;
            case 3:
                Expression('i', 3);
                code.WriteBytes([0x04, 0x40]);
                Statement(depth - 1);
                code.WriteByte(0x05);
                Statement(depth - 1);
                code.WriteByte(0x0B);
                break;
            case 4 when loops < 3:
                Loop(depth);
                break;
            case 5:
                Switch(depth);
                break;
            case 6:
                code.WriteBytes([0x02, 0x40]);
                Statement(depth - 1);
                Expression('i', 3);
                code.WriteBytes([0x0D, 0x00]);
                Statement(depth - 1);
                code.WriteByte(0x0B);
                break;
            default:
                Expression(Letters[random.Next(5)], 4);
                code.WriteByte(0x1A);
                break;
        }
    }

    /// <summary>What bodies of the plain shape do not have.</summary>
    private void RichStatement(int depth)
    {
        switch (random.Next(depth > 0 ? 6 : 3))
        {
            case 0:
                // Filling: where, with what, how much.
                Place();
                Expression('i', 2);
                Length();
                code.WriteBytes([0xFC, 11, 0]);
                break;
            case 1:
                // Copying, which may overlap.
                Place();
                Place();
                Length();
                code.WriteBytes([0xFC, 10, 0, 0]);
                break;
            case 2:
                // Growing succeeds once; then what was known of the memory's end is no more.
                code.WriteBytes([0x41, (byte)random.Next(2), 0x40, 0]);
                Local(0x21, 'i');
                break;
            case 3:
                // Out of the middle.
                Expression('i', 3);
                code.WriteBytes([0x04, 0x40]);
                Statement(depth - 1);
                if (random.Next(2) > 0 || !TailCall())
                {
                    Results(2);
                    code.WriteByte(0x0F);
                }

                code.WriteByte(0x0B);
                break;
            case 4:
                NestedBranches(depth);
                break;
            default:
                if (shape.HasFlag(GuestShape.Portable)) NestedBranches(depth);
                else Catch(depth);
                break;
        }
    }

    /// <summary>Three blocks, each of which may be left for the end of each around it, with a value or without.</summary>
    private void NestedBranches(int depth)
    {
        code.WriteBytes([0x02, 0x7E, 0x02, 0x40, 0x02, 0x40]);
        for (byte target = 0; target < 2; target++)
        {
            Statement(depth - 1);
            Expression('i', 2);
            code.WriteBytes([0x0D, target]);
        }

        Expression('l', 2);
        if (random.Next(2) == 0)
        {
            Expression('i', 2);
            code.WriteBytes([0x0D, 2]);
            Local(0x21, 'l');
        }
        else
        {
            code.WriteBytes([0x0C, 2]);
        }

        code.WriteByte(0x0B);
        Statement(depth - 1);
        code.WriteByte(0x0B);
        Expression('l', 2);
        code.WriteByte(0x0B);
        Local(0x21, 'l');
    }

    /// <summary>A block that may throw an exception with a number, as what it calls may, and is left with that number then.</summary>
    private void Catch(int depth)
    {
        code.WriteBytes([0x02, 0x7E, 0x1F, 0x40, 0x01, 0x00, 0x00, 0x00]);
        Statement(depth - 1);
        Expression('i', 2);
        code.WriteBytes([0x04, 0x40]);
        Expression('l', 2);
        code.WriteBytes([0x08, 0x00, 0x0B]);
        Statement(depth - 1);
        code.WriteByte(0x0B);
        Expression('l', 2);
        code.WriteByte(0x0B);
        Local(0x21, 'l');
    }

    /// <summary>An address and a length of which the sum is nearly always inside the memory.</summary>
    private void Place()
    {
        Expression('i', 2);
        if (IsAnywhere()) return;
        code.WriteByte(0x41);
        code.WriteSigned(0xFE00);
        code.WriteByte(0x71);
    }

    private void Length()
    {
        if (random.Next(2) == 0)
        {
            code.WriteByte(0x41);
            code.WriteSigned(random.Next(0, 80));
            return;
        }

        Expression('i', 2);
        code.WriteByte(0x41);
        code.WriteSigned(0xFF);
        code.WriteByte(0x71);
    }

    /// <summary>Leaves the function for one before it with the same results, directly or through the table; false if there is none.</summary>
    private bool TailCall()
    {
        var callable = Enumerable.Range(0, callees.Count).Where(i => callees[i].Results == signature.Results).ToList();
        if (callable.Count == 0) return false;
        CallWith(callable[random.Next(callable.Count)], 3, direct: 0x12, indirect: 0x13);
        return true;
    }

    /// <summary>A loop that counts one of the last locals, which nothing else writes, to three.</summary>
    private void Loop(int depth)
    {
        var counter = (ulong)(signature.Parameters.Length + Locals.Length - 1 - loops++);
        code.WriteBytes([0x41, 0x00, 0x21]);
        code.WriteUnsigned(counter);
        code.WriteBytes([0x03, 0x40]);
        Statement(depth - 1);
        Statement(depth - 1);
        code.WriteByte(0x20);
        code.WriteUnsigned(counter);
        code.WriteBytes([0x41, 0x01, 0x6A, 0x22]);
        code.WriteUnsigned(counter);
        code.WriteBytes([0x41, 0x03, 0x49, 0x0D, 0x00, 0x0B]);
        loops--;
    }

    private void Switch(int depth)
    {
        var carries = random.Next(2) == 0;
        code.WriteBytes([0x02, 0x40, 0x02, carries ? (byte)0x7E : (byte)0x40]);
        if (carries) Expression('l', 3);
        if (!carries) code.WriteBytes([0x02, 0x40]);
        Expression('i', 3);
        if (carries) code.WriteBytes([0x0E, 0x02, 0x00, 0x00, 0x00]);
        else code.WriteBytes([0x0E, 0x02, 0x00, 0x01, 0x02, 0x0B]);
        if (!carries) Statement(depth - 1);
        code.WriteByte(0x0B);
        if (carries) Local(0x21, 'l');
        Statement(depth - 1);
        code.WriteByte(0x0B);
    }

    private void Expression(char letter, int depth)
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

    private void CallWith(int function, int depth, byte direct, byte indirect)
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

    // Rich bodies have more accesses, and should get to their end as often.
    private bool IsAnywhere() => random.Next(60) == 0 && (!IsRich || random.Next(4) == 0);

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

    private void Local(byte opcode, char letter)
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
