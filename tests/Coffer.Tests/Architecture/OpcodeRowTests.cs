using System.Text;
using Coffer.Instructions;
using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Architecture;

/// <summary>The opcode table is complete, and every row compiles and runs as its signature says.</summary>
public sealed class OpcodeRowTests
{
    [Fact]
    public void All_EveryOpcode_HasOneRow()
    {
        var rows = OpcodeTable.All.Select(row => row.Opcode).ToList();
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Equal(Enum.GetValues<Opcode>().Order(), rows.Order());
    }

    [Fact]
    public void All_EveryMnemonic_IsUnique()
    {
        // The typed and the untyped select share theirs.
        var twice = OpcodeTable.All.GroupBy(row => row.Mnemonic).Where(group => group.Count() > 1).Select(group => group.Key);
        Assert.Subset(new HashSet<string> { "select", "ref.test", "ref.cast" }, twice.ToHashSet());
    }

    public static TheoryData<string> PlainRows() => [.. OpcodeTable.All.Where(row => !row.IsSpecial).Select(row => row.Mnemonic)];

    [Theory]
    [MemberData(nameof(PlainRows))]
    public void Run_PlainInstruction_CompilesAndRuns(string mnemonic)
    {
        var row = OpcodeTable.Find(mnemonic)!;
        foreach (var engine in new[] { Guest.Guarded, Guest.Checked })
        {
            var instance = Guest.Load(ModuleFor(row), engine: engine);
            try
            {
                var results = instance.GetFunction("run").Invoke([.. row.Operands.ToArray().Select(One)]);
                Assert.Equal(row.ResultKinds.Select(KindOf), results.Select(result => result.Kind));
            }
            catch (TrapException e)
            {
                Assert.True(e.Kind is TrapKind.UnalignedAtomic or TrapKind.ExpectedSharedMemory, e.Message);
            }

            instance.Store.Dispose();
        }
    }

    private static ValueKind KindOf(ValueKind kind) => kind == ValueKind.Bottom ? ValueKind.I32 : kind;

    private static string ModuleFor(OpcodeInfo row)
    {
        var text = new StringBuilder("(module (memory 1) (data $d \"abc\") (table 1 funcref) (elem $e func) (func (export \"run\")");
        foreach (var operand in row.Operands) text.Append($" (param {NameOf(operand)})");
        foreach (var result in row.Signature.Split(':')[1]) text.Append($" (result {NameOf(result)})");
        for (var i = 0; i < row.Operands.Length; i++) text.Append($" local.get {i}");
        text.Append(' ').Append(row.Mnemonic).Append(Immediates(row));
        return text.Append("))").ToString();
    }

    private static string Immediates(OpcodeInfo row) => row.Immediates switch
    {
        ImmediateShape.None => "",
        ImmediateShape.I32 or ImmediateShape.I64 => " 7",
        ImmediateShape.F32 or ImmediateShape.F64 => " 1.5",
        ImmediateShape.V128 => " i64x2 1 2",
        ImmediateShape.Lane => " 0",
        ImmediateShape.Shuffle => " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
        ImmediateShape.MemoryArgument => " offset=8",
        ImmediateShape.MemoryArgumentLane => " offset=8 0",
        ImmediateShape.Data => " $d",
        ImmediateShape.Element => " $e",
        _ => "",
    };

    private static string NameOf(char letter) => letter switch
    {
        'i' or 'a' => "i32",
        'l' => "i64",
        'f' => "f32",
        'd' => "f64",
        _ => "v128",
    };

    private static Value One(char letter) => letter switch
    {
        'i' or 'a' => Value.I32(8),
        'l' => Value.I64(8),
        'f' => Value.F32(8),
        'd' => Value.F64(8),
        _ => Value.V128(System.Runtime.Intrinsics.Vector128.Create((byte)8)),
    };
}
