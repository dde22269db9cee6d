using Coffer.Tests.Binary;
using Coffer.Text;
using Coffer.Types;

namespace Coffer.Tests.Hostile;

/// <summary>A module with every section, cut at each byte, with each bit turned, and with sizes and counts that lie.</summary>
public sealed class DamagedModuleTests
{
    private const string Text = """
        (module $every
          (type $s (sub (struct (field $a (mut i32)) (field i64))))
          (type $a (array (mut i8)))
          (type $f (func (param i32 i64) (result i64)))
          (import "host" "f" (func $host (type $f)))
          (import "host" "g" (global $imported (mut i32)))
          (memory (export "memory") 1 2)
          (table $t (export "table") 4 8 funcref)
          (tag $e (param i32))
          (global $g (export "global") (mut i64) (i64.add (i64.const 3) (i64.const 4)))
          (elem (table $t) (i32.const 1) func $run $nothing)
          (elem declare func $loop)
          (data (i32.const 16) "active")
          (data $passive "passive")
          (start $nothing)
          (func $nothing (export "nothing"))
          (func $run (export "run") (param i32 i64) (result i64) (local f64 v128 i32)
            (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 7))
            (local.set 4 (i32.load offset=4 align=4 (local.get 0)))
            (block $out (block $in (br_table $in $out $in (local.get 0))) (i64.store offset=8 (i32.const 24) (local.get 1)))
            (drop (struct.get $s $a (struct.new $s (i32.const 1) (i64.const 2))))
            (drop (array.len (array.new $a (i32.const 5) (i32.const 6))))
            (block $caught (result i32) (try_table (catch $e $caught) (throw $e (i32.const 1))) (i32.const 2))
            (if (then (nop)) (else (drop (v128.const i32x4 1 2 3 4))))
            (call_indirect (type $f) (local.get 0) (call $host (local.get 0) (local.get 1)) (i32.const 1)))
          (func $loop (export "loop") (param i32) (result i32)
            (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly byte[] Bytes = TextFormat.Parse(Text, emitNames: true);

    /// <summary>Compiles, instantiates and calls; an error of Coffer or none.</summary>
    private static CofferException? Outcome(byte[] bytes)
    {
        try
        {
            var module = Module.Compile(Guest.Default, bytes);
            using var store = new Store(Guest.Default, new StoreLimits { MemoryBytes = 64 << 20, TableElements = 100_000, ObjectBytes = 1 << 20, StackBytes = 32 << 10 });
            store.SetDeadline(TimeSpan.FromSeconds(1));
            var linker = new Linker().DefineFunction("host", "f", (int a, long b) => a + b);
            linker.Define("host", "g", new Global(store, new GlobalType(ValueType.I32, true), 1));
            var instance = linker.Instantiate(store, module);
            if (instance.FindFunction("run") is { FunctionType.Parameters.Length: 2 } run) run.Invoke(100, 5L);
            return null;
        }
        catch (CofferException error)
        {
            return error;
        }
        catch (ArgumentException)
        {
            // The types of its parameters were changed.
            return null;
        }
    }

    [Fact]
    public void Compile_Whole_RunsToItsStackLimit() => Assert.IsType<ExhaustionException>(Outcome(Bytes));

    [Fact]
    public void Compile_CutAtEveryByte_MalformedAtAPlaceInside() => Guest.Within(Bound, () =>
    {
        var whole = new List<int>();
        for (var length = 0; length < Bytes.Length; length++)
        {
            switch (Record.Exception(() => Module.Compile(Guest.Default, Bytes.AsMemory(0, length))))
            {
                case MalformedException error:
                    Assert.InRange(error.Offset, 0, length);
                    break;
                case null:
                    whole.Add(length);
                    break;
                case var other:
                    Assert.Fail($"{length} bytes: {other}");
                    break;
            }
        }

        // A prefix can only be a module where it ends between two sections.
        Assert.Subset(Sections().Select(section => section.Start).ToHashSet(), whole.ToHashSet());
        Assert.Contains(8, whole);
    });

    [Fact]
    public void Compile_EveryThirdBitTurned_OnlyOwnErrors() => Guest.Within(Bound, () =>
    {
        var refused = 0;
        for (var bit = 0; bit < Bytes.Length * 8; bit += 3)
        {
            var bytes = Bytes.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Outcome(bytes) is MalformedException or InvalidException) refused++;
        }

        Assert.True(refused > Bytes.Length, $"{refused} of {Bytes.Length * 8 / 3} were refused");
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(100)]
    public void Compile_SectionSizesThatLie_Malformed(int by)
    {
        foreach (var (start, size, id) in Sections())
        {
            var bytes = Bytes.ToList();
            var lie = new List<byte>();
            Wasm.AddU32(lie, (uint)(size.Value + by));
            bytes.RemoveRange(size.At, size.Length);
            bytes.InsertRange(size.At, lie);
            if (id == 0 && by < 0) continue;
            var error = Record.Exception(() => Module.Compile(Guest.Default, bytes.ToArray()));
            Assert.True(error is MalformedException, $"section {id} at {start}: {error}");
        }
    }

    [Theory]
    [InlineData("01 ffffffff0f 60 00 00", "types")]
    [InlineData("01 01 60 ffffffff0f 7f", "parameters")]
    [InlineData("01 01 60 00 ffffffff0f 7f", "results")]
    [InlineData("01 01 5f ffffffff0f 7f 00", "fields")]
    [InlineData("01 01 4e ffffffff0f 60 00 00", "types of a group")]
    [InlineData("01 01 50 ffffffff0f 00 60 00 00", "supertypes")]
    [InlineData("02 ffffffff0f 01 61 01 62 03 7f 00", "imports")]
    [InlineData("02 01 01 61 00 7e 03 7f 00 ffffffff0f 01 62", "names of a group of imports")]
    [InlineData("02 01 01 61 00 7f ffffffff0f 01 62 03 7f 00", "imports of a group")]
    [InlineData("02 01 ffffffff0f 61", "bytes of a name")]
    [InlineData("03 ffffffff0f 00", "functions")]
    [InlineData("04 ffffffff0f 70 00 00", "tables")]
    [InlineData("05 ffffffff0f 00 00", "memories")]
    [InlineData("06 ffffffff0f 7f 00 41 00 0b", "globals")]
    [InlineData("07 ffffffff0f 01 61 00 00", "exports")]
    [InlineData("09 ffffffff0f 01 00 00", "element segments")]
    [InlineData("09 01 01 00 ffffffff0f 00", "functions of a segment")]
    [InlineData("09 01 05 70 ffffffff0f d0 70 0b", "expressions of a segment")]
    [InlineData("0a ffffffff0f 02 00 0b", "bodies")]
    [InlineData("0b ffffffff0f 01 00", "data segments")]
    [InlineData("0b 01 01 ffffffff0f 00", "bytes of a segment")]
    [InlineData("0c ffffffff0f", "data count")]
    [InlineData("0d ffffffff0f 00 00", "tags")]
    public void Compile_FourBillionOfSomething_RefusedWithoutAllocating(string section, string what) =>
        RefusedWithoutAllocating(Wasm.Module(section), what);

    [Theory]
    [InlineData("ffffffff0f 01 7f 0b", "groups of locals")]
    [InlineData("01 ffffffff0f 7f 0b", "locals")]
    [InlineData("02 ffffffff0f 7f ffffffff0f 7f 0b", "locals beyond 32 bits")]
    [InlineData("00 41 00 0e ffffffff0f 00 00 0b", "branch targets")]
    [InlineData("00 00 1c ffffffff0f 7f 0b", "types of a select")]
    [InlineData("00 1f 40 ffffffff0f 02 00 0b 0b", "catch clauses")]
    [InlineData("00 00 fb 08 01 ffffffff0f 0b", "operands of array.new_fixed")]
    public void Compile_FourBillionOfSomethingInABody_RefusedWithoutAllocating(string body, string what)
    {
        var code = Wasm.Bytes(body);
        var size = new List<byte>();
        Wasm.AddU32(size, (uint)code.Length);
        RefusedWithoutAllocating(
            Wasm.Module("01 02 60 00 00 5e 7f 01", "03 01 00", $"0a 01 {Convert.ToHexString([.. size])} {body}"), what);
    }

    [Fact]
    public void CompileText_BlocksNestedTenThousandDeep_AsInTheBinary()
    {
        var text = $"(module (func (export \"run\") (result i32) {Guest.Repeat("block ", 10_000)}{Guest.Repeat("end ", 10_000)} i32.const 7))";
        Assert.Equal(7, Guest.Load(text).GetFunction<int>("run")());
    }

    private static void RefusedWithoutAllocating(byte[] module, string what)
    {
        // The first time, the runtime allocates for itself.
        Record.Exception(() => Module.Compile(Guest.Default, module));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Record.Exception(() => Module.Compile(Guest.Default, module));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(error is MalformedException or InvalidException or ExhaustionException, $"{what}: {error}");
        Assert.True(allocated < 4 << 20, $"{what}: {allocated} bytes");
    }

    private static IEnumerable<(int Start, (int At, int Length, int Value) Size, int Id)> Sections()
    {
        for (var at = 8; at < Bytes.Length;)
        {
            var (start, id, value, length) = (at, Bytes[at], 0, 0);
            byte next;
            do
            {
                next = Bytes[at + 1 + length];
                value |= (next & 0x7F) << (7 * length++);
            }
            while (next >= 0x80);

            yield return (start, (at + 1, length, value), id);
            at += 1 + length + value;
        }
    }
}
