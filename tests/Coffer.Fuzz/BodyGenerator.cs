using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Fuzz;

/// <summary>The type of a generated function: letters as in the opcode table.</summary>
internal sealed record Signature(string Parameters, string Results);

/// <summary>
/// Writes one valid function body: statements of random expressions, blocks, loops with counters. It always ends.
/// </summary>
internal sealed class BodyGenerator
{
    private readonly Random random;
    private readonly WasmWriter code = new();
    private readonly Signature signature;
    private readonly IReadOnlyList<Signature> callees;
    private readonly GuestShape shape;
    private readonly ExpressionGenerator expressions;
    private int loops;

    public BodyGenerator(Random random, Signature signature, IReadOnlyList<Signature> callees, IReadOnlyList<Signature> types, GuestShape shape)
    {
        this.random = random;
        this.signature = signature;
        this.callees = callees;
        this.shape = shape;
        expressions = new ExpressionGenerator(random, code, signature, callees, types, shape);
    }

    /// <summary>The body with its locals and its end.</summary>
    public byte[] Generate()
    {
        code.WriteUnsigned((ulong)ExpressionGenerator.Locals.Length);
        foreach (var letter in ExpressionGenerator.Locals)
        {
            code.WriteUnsigned(1);
            code.WriteByte(ExpressionGenerator.TypeByte(letter));
        }

        for (var i = random.Next(2, 8); i > 0; i--) Statement(3);
        if (!IsRich || random.Next(4) > 0 || !TailCall()) Results(5);
        code.WriteByte(0x0B);
        return code.ToArray();
    }

    private bool IsRich => shape.HasFlag(GuestShape.Rich);

    private void Results(int depth)
    {
        foreach (var result in signature.Results) expressions.Expression(result, depth);
    }

    private void Statement(int depth)
    {
        expressions.Spend();
        if (IsRich && random.Next(5) == 0)
        {
            RichStatement(depth);
            return;
        }

        switch (depth > 0 ? random.Next(8) : random.Next(3))
        {
            case 0:
                var letter = ExpressionGenerator.Letters[random.Next(5)];
                expressions.Expression(letter, 4);
                expressions.Local(0x21, letter);
                break;
            case 1:
                expressions.Store();
                break;
            case 2:
                var kind = random.Next(5);
                expressions.Expression(ExpressionGenerator.Letters[kind], 4);
                code.WriteByte(0x24);
                code.WriteUnsigned((ulong)kind);
                break;
            case 3:
                expressions.Expression('i', 3);
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
                expressions.Expression('i', 3);
                code.WriteBytes([0x0D, 0x00]);
                Statement(depth - 1);
                code.WriteByte(0x0B);
                break;
            default:
                expressions.Expression(ExpressionGenerator.Letters[random.Next(5)], 4);
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
                expressions.Expression('i', 2);
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
                expressions.Local(0x21, 'i');
                break;
            case 3:
                // Out of the middle.
                expressions.Expression('i', 3);
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
            expressions.Expression('i', 2);
            code.WriteBytes([0x0D, target]);
        }

        expressions.Expression('l', 2);
        if (random.Next(2) == 0)
        {
            expressions.Expression('i', 2);
            code.WriteBytes([0x0D, 2]);
            expressions.Local(0x21, 'l');
        }
        else
        {
            code.WriteBytes([0x0C, 2]);
        }

        code.WriteByte(0x0B);
        Statement(depth - 1);
        code.WriteByte(0x0B);
        expressions.Expression('l', 2);
        code.WriteByte(0x0B);
        expressions.Local(0x21, 'l');
    }

    /// <summary>A block that may throw an exception with a number, as what it calls may, and is left with that number then.</summary>
    private void Catch(int depth)
    {
        code.WriteBytes([0x02, 0x7E, 0x1F, 0x40, 0x01, 0x00, 0x00, 0x00]);
        Statement(depth - 1);
        expressions.Expression('i', 2);
        code.WriteBytes([0x04, 0x40]);
        expressions.Expression('l', 2);
        code.WriteBytes([0x08, 0x00, 0x0B]);
        Statement(depth - 1);
        code.WriteByte(0x0B);
        expressions.Expression('l', 2);
        code.WriteByte(0x0B);
        expressions.Local(0x21, 'l');
    }

    /// <summary>An address and a length of which the sum is nearly always inside the memory.</summary>
    private void Place()
    {
        expressions.Expression('i', 2);
        if (expressions.IsAnywhere()) return;
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

        expressions.Expression('i', 2);
        code.WriteByte(0x41);
        code.WriteSigned(0xFF);
        code.WriteByte(0x71);
    }

    /// <summary>Leaves the function for one before it with the same results, directly or through the table; false if there is none.</summary>
    private bool TailCall()
    {
        var callable = Enumerable.Range(0, callees.Count).Where(i => callees[i].Results == signature.Results).ToList();
        if (callable.Count == 0) return false;
        expressions.CallWith(callable[random.Next(callable.Count)], 3, direct: 0x12, indirect: 0x13);
        return true;
    }

    /// <summary>A loop that counts one of the last locals, which nothing else writes, to three.</summary>
    private void Loop(int depth)
    {
        var counter = (ulong)(signature.Parameters.Length + ExpressionGenerator.Locals.Length - 1 - loops++);
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
        if (carries) expressions.Expression('l', 3);
        if (!carries) code.WriteBytes([0x02, 0x40]);
        expressions.Expression('i', 3);
        if (carries) code.WriteBytes([0x0E, 0x02, 0x00, 0x00, 0x00]);
        else code.WriteBytes([0x0E, 0x02, 0x00, 0x01, 0x02, 0x0B]);
        if (!carries) Statement(depth - 1);
        code.WriteByte(0x0B);
        if (carries) expressions.Local(0x21, 'l');
        Statement(depth - 1);
        code.WriteByte(0x0B);
    }
}
