namespace Coffer.Tests.Compilation;

public sealed class GcStructTests
{
    [Theory]
    [InlineData("i8", "get_s", 0x1FF, -1)]
    [InlineData("i8", "get_u", 0x1FF, 0xFF)]
    [InlineData("i16", "get_s", 0x1_8000, -0x8000)]
    [InlineData("i16", "get_u", 0x1_8000, 0x8000)]
    public void StructNew_PackedField_NarrowedAndExtended(string storage, string get, int value, int expected)
    {
        var created = GcProgram.Run($"""
            (module (type $t (struct (field {storage}) (field i64)))
              (func (export "run") (param i32) (result i32)
                (struct.{get} $t 0 (struct.new $t (local.get 0) (i64.const -1)))))
            """, value);
        var written = GcProgram.Run($"""
            (module (type $t (struct (field (mut {storage}))))
              (func (export "run") (param i32) (result i32) (local $x (ref null $t))
                (local.set $x (struct.new_default $t))
                (struct.set $t 0 (local.get $x) (local.get 0))
                (struct.{get} $t 0 (local.get $x))))
            """, value);

        Assert.Equal(expected, created.AsI32());
        Assert.Equal(expected, written.AsI32());
    }

    [Fact]
    public void StructNewDefault_EveryStorage_ZeroOrNull()
    {
        var result = GcProgram.Run("""
            (module (type $t (struct (field i8) (field i16) (field i32) (field i64) (field f32) (field f64) (field v128) (field anyref)))
              (func (export "run") (result i32) (local $x (ref null $t))
                (local.set $x (struct.new_default $t))
                (i32.or (struct.get_s $t 0 (local.get $x)) (struct.get_u $t 1 (local.get $x)))
                (i32.or (struct.get $t 2 (local.get $x)))
                (i32.or (i64.ne (i64.const 0) (struct.get $t 3 (local.get $x))))
                (i32.or (f32.ne (f32.const 0) (struct.get $t 4 (local.get $x))))
                (i32.or (f64.ne (f64.const 0) (struct.get $t 5 (local.get $x))))
                (i32.or (v128.any_true (struct.get $t 6 (local.get $x))))
                (i32.or (i32.eqz (ref.is_null (struct.get $t 7 (local.get $x)))))))
            """);

        Assert.Equal(0, result.AsI32());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(300)]
    public void StructNew_ManyFields_EachInItsPlace(int count)
    {
        var fields = string.Concat(Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "(field i32)" : "(field i64)"));
        var values = string.Concat(Enumerable.Range(0, count).Select(i => i % 2 == 0 ? $"(i32.const {i})" : $"(i64.const {i})"));
        var last = (count - 1) / 2 * 2;
        var result = GcProgram.Run($"""
            (module (type $t (struct {fields}))
              (func (export "run") (result i32) (struct.get $t {last} (struct.new $t {values}))))
            """);

        Assert.Equal(last, result.AsI32());
    }

    [Theory]
    [InlineData("(struct.get $t 0 (ref.null $t))")]
    [InlineData("(struct.set $t 0 (ref.null $t) (i32.const 1)) (i32.const 0)")]
    [InlineData("(struct.set $t 0 (ref.null $t) (i32.add (i32.const 1) (local.get $i))) (i32.const 0)")]
    public void StructAccess_Null_Traps(string code)
    {
        var kind = GcProgram.Trap($"""
            (module (type $t (struct (field (mut i32))))
              (func (export "run") (result i32) (local $i i32) {code}))
            """);

        Assert.Equal(TrapKind.NullStructReference, kind);
    }

    [Fact]
    public void StructGet_InheritedField_OfSubtype()
    {
        var result = GcProgram.Run("""
            (module
              (type $a (sub (struct (field i32))))
              (type $b (sub $a (struct (field i32) (field i64))))
              (type $c (sub final $b (struct (field i32) (field i64) (field i32))))
              (func $sum (param $x (ref $b)) (result i32)
                (i32.add (struct.get $a 0 (local.get $x)) (i32.wrap_i64 (struct.get $b 1 (local.get $x)))))
              (func (export "run") (result i32)
                (call $sum (struct.new $c (i32.const 1) (i64.const 20) (i32.const 300)))))
            """);

        Assert.Equal(21, result.AsI32());
    }

    [Fact]
    public void Constants_GlobalsAndSegments_HoldObjects()
    {
        var result = GcProgram.Run("""
            (module
              (type $t (struct (field i32) (field i31ref)))
              (type $a (array (ref $t)))
              (global $x (ref $t) (struct.new $t (i32.add (i32.const 2) (i32.const 3)) (ref.i31 (i32.const 7))))
              (global $y (ref $a) (array.new_fixed $a 2 (global.get $x) (struct.new_default $t)))
              (table $tab 1 (ref $t) (struct.new $t (i32.const 5) (ref.i31 (i32.const 7))))
              (elem $e (ref $t) (item (global.get $x)) (item (struct.new $t (i32.const 40) (ref.null i31))))
              (func (export "run") (result i32)
                (struct.get $t 0 (array.get $a (array.new_elem $a $e (i32.const 1) (i32.const 1)) (i32.const 0)))
                (i32.add (i31.get_s (struct.get $t 1 (table.get $tab (i32.const 0)))))
                (i32.add (struct.get $t 0 (array.get $a (global.get $y) (i32.const 0))))
                (i32.add (i32.mul (i32.const 1000) (ref.eq (global.get $x) (array.get $a (global.get $y) (i32.const 0)))))))
            """);

        Assert.Equal(1052, result.AsI32());
    }
}
