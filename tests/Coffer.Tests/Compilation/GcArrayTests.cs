namespace Coffer.Tests.Compilation;

public sealed class GcArrayTests
{
    [Theory]
    [InlineData("i8", "get_s", 0x1FF, -1)]
    [InlineData("i8", "get_u", 0x1FF, 0xFF)]
    [InlineData("i16", "get_s", 0x1_8000, -0x8000)]
    [InlineData("i16", "get_u", 0x1_8000, 0x8000)]
    public void Array_PackedElement_NarrowedAndExtended(string storage, string get, int value, int expected)
    {
        foreach (var create in new[]
        {
            "(array.new $t (local.get 0) (i32.const 3))",
            "(array.new_fixed $t 3 (i32.const 0) (i32.const 0) (local.get 0))",
        })
        {
            var result = GcProgram.Run($"""
                (module (type $t (array (mut {storage})))
                  (func (export "run") (param i32) (result i32) (array.{get} $t {create} (i32.const 2))))
                """, value);
            Assert.Equal(expected, result.AsI32());
        }
    }

    [Theory]
    [InlineData("(array.get $t (ref.null $t) (i32.const 0))", TrapKind.NullArrayReference)]
    [InlineData("(array.set $t (ref.null $t) (i32.const 0) (i32.const 0)) (i32.const 0)", TrapKind.NullArrayReference)]
    [InlineData("(array.len (ref.null array))", TrapKind.NullArrayReference)]
    [InlineData("(array.fill $t (ref.null $t) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)", TrapKind.NullArrayReference)]
    [InlineData("(array.get $t (array.new_default $t (i32.const 2)) (i32.const 2))", TrapKind.ArrayOutOfBounds)]
    [InlineData("(array.get $t (array.new_default $t (i32.const 2)) (i32.const -1))", TrapKind.ArrayOutOfBounds)]
    [InlineData("(array.set $t (array.new_default $t (i32.const 0)) (i32.const 0) (i32.const 0)) (i32.const 0)", TrapKind.ArrayOutOfBounds)]
    [InlineData("(array.len (array.new_data $t $d (i32.const 1) (i32.const 1)))", TrapKind.MemoryOutOfBounds)]
    public void ArrayInstruction_BadOperand_Traps(string code, TrapKind expected)
    {
        var kind = GcProgram.Trap($"""
            (module (type $t (array (mut i32))) (data $d "abcd")
              (func (export "run") (result i32) {code}))
            """);

        Assert.Equal(expected, kind);
    }

    [Fact]
    public void ArrayBulk_OverlappingCopyAndInit_AsSpecified()
    {
        // 1 2 3 4 5 -> copy to one place further -> 1 1 2 3 4 -> the data 7 8 at 0.
        var result = GcProgram.Run("""
            (module (type $t (array (mut i8))) (data $d "\07\08")
              (func (export "run") (result i32) (local $a (ref null $t)) (local $i i32) (local $n i32)
                (local.set $a (array.new_fixed $t 5 (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)))
                (array.copy $t $t (local.get $a) (i32.const 1) (local.get $a) (i32.const 0) (i32.const 4))
                (array.init_data $t $d (local.get $a) (i32.const 0) (i32.const 0) (i32.const 2))
                (array.fill $t (local.get $a) (i32.const 4) (i32.const 9) (i32.const 1))
                (loop $l
                  (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 10)) (array.get_u $t (local.get $a) (local.get $i))))
                  (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $a)))))
                (local.get $n)))
            """);

        Assert.Equal(78239, result.AsI32());
    }

    [Fact]
    public void ArrayNewData_DroppedSegment_IsEmpty()
    {
        var kind = GcProgram.Trap("""
            (module (type $t (array i8)) (data $d "abcd")
              (func (export "run") (result i32)
                (data.drop $d)
                (array.len (array.new_data $t $d (i32.const 0) (i32.const 1)))))
            """);

        Assert.Equal(TrapKind.MemoryOutOfBounds, kind);
    }

    [Theory]
    [InlineData("i64", -1)]
    [InlineData("i64", 0x7FFF_FFFF)]
    [InlineData("v128", 0x7FFF_0000)]
    [InlineData("anyref", 0x7FFF_FFFF)]
    public void ArrayNewDefault_Huge_Refused(string storage, int length)
    {
        var run = new GcProgram().Add($"""
            (module (type $t (array {storage}))
              (func (export "run") (param i32) (result i32) (array.len (array.new_default $t (local.get 0)))))
            """).GetFunction("run");

        Assert.Throws<ExhaustionException>(() => run.Invoke(length));
        Assert.Equal(3, run.Invoke(3)[0].AsI32());
    }

    [Fact]
    public void ArraySet_References_Stored()
    {
        var result = GcProgram.Run("""
            (module (type $t (array (mut anyref)))
              (func (export "run") (result i32) (local $a (ref null $t))
                (local.set $a (array.new_default $t (i32.const 3)))
                (array.set $t (local.get $a) (i32.const 1) (ref.i31 (i32.const 5)))
                (array.set $t (local.get $a) (i32.const 2) (local.get $a))
                (i32.add (i31.get_s (ref.cast (ref i31) (array.get $t (local.get $a) (i32.const 1))))
                         (ref.is_null (array.get $t (local.get $a) (i32.const 2))))))
            """);

        Assert.Equal(5, result.AsI32());
    }
}
