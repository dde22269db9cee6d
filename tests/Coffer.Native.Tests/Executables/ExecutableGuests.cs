namespace Coffer.Native.Tests.Executables;

/// <summary>Guests that do, as executables, what their arguments say.</summary>
internal static class ExecutableGuests
{
    /// <summary>Does one thing, by the digit that is its first argument; its exit code tells how it went.</summary>
    public const string Program =
        """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $variables (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 1000) "secret.txt")
          (table funcref (elem $unreachable $divide $outside $deep $endless $read $create $chance $grow $print $count))
          (func $unreachable unreachable)
          (func $divide (drop (i32.div_u (i32.const 1) (i32.const 0))))
          (func $outside (drop (i32.load (i32.const -4))))
          (func $recurse (param i32) (result i32) (i32.add (i32.const 1) (call $recurse (local.get 0))))
          (func $deep (drop (call $recurse (i32.const 1))))
          (func $endless (loop $again (br $again)))
          (func $read (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 10)
            (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 2000))))
          (func $create (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 10)
            (i32.const 1) (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 2000))))
          (func $chance (call $exit (call $random (i32.const 300) (i32.const 8))))
          (func $grow (drop (memory.grow (i32.const 20))) (call $exit (memory.size)))
          ;; writes its arguments, each with the zero behind it
          (func $print
            (i32.store (i32.const 8) (i32.const 200))
            (i32.store (i32.const 12) (i32.load (i32.const 4)))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 2000))))
          (func $count
            (drop (call $variables (i32.const 300) (i32.const 304)))
            (call $exit (i32.load (i32.const 300))))
          (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $args (i32.const 16) (i32.const 200)))
            (call_indirect (i32.sub (i32.load8_u (i32.load (i32.const 20))) (i32.const 48)))))
        """;

    /// <summary>Uses every proposal that code is made for; ends with the number of what failed, else runs for ever.</summary>
    public const string EveryProposal =
        """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (type $point (sub (struct (field $x (mut i32)) (field $y i64))))
          (type $three (sub $point (struct (field $x (mut i32)) (field $y i64) (field $z (ref null $point)))))
          (type $numbers (array (mut i64)))
          (type $many (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (tag $problem (param i32))
          (table funcref (elem $ten))
          (func $ten (type $many) (i32.add (local.get 0) (local.get 9)))
          ;; tail calls that need more room than their callers have
          (func $few (param i32) (result i32)
            (return_call $ten (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
              (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2)))
          (func $fewer (param i32) (result i32)
            (return_call_indirect (type $many) (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
              (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 0)))
          (func $count (param i32 i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
            (return_call $count (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1))))
          (func $thrower (param i32) (throw $problem (local.get 0)))
          (func $catcher (result i32)
            (block $caught (result i32)
              (try_table (catch $problem $caught) (call $thrower (i32.const 5)))
              (i32.const 0)))
          (func $structs (result i32) (local $p (ref null $point))
            (local.set $p (struct.new $three (i32.const 3) (i64.const 4) (struct.new $point (i32.const 1) (i64.const 2))))
            (if (ref.test (ref $three) (local.get $p)) (then (struct.set $point $x (local.get $p) (i32.const 9))))
            (i32.add
              (struct.get $point $x (local.get $p))
              (struct.get $point $x (struct.get $three $z (ref.cast (ref $three) (local.get $p))))))
          (func $array (result i32) (local $a (ref $numbers))
            (local.set $a (array.new $numbers (i64.const 4) (i32.const 3)))
            (array.set $numbers (local.get $a) (i32.const 2) (i64.const 8))
            (i32.wrap_i64 (i64.add (array.get $numbers (local.get $a) (i32.const 1)) (array.get $numbers (local.get $a) (i32.const 2)))))
          (func $vectors (result i32)
            (i32x4.extract_lane 2 (i32x4.trunc_sat_f32x4_u (f32x4.mul (v128.const f32x4 1 2 3 4) (f32x4.splat (f32.const 2))))))
          (func $several (result i32 i64 f64) (i32.const 1) (i64.const 2) (f64.const 3))
          (func $bulk (result i32)
            (memory.fill (i32.const 100) (i32.const 7) (i32.const 10))
            (memory.copy (i32.const 200) (i32.const 100) (i32.const 10))
            (i32.load8_u (i32.const 209)))
          (func $require (param $number i32) (param $actual i32) (param $expected i32)
            (if (i32.ne (local.get $actual) (local.get $expected)) (then (call $exit (local.get $number)))))
          (func (export "_start")
            (call $require (i32.const 1) (call $few (i32.const 40)) (i32.const 42))
            (call $require (i32.const 2) (call $fewer (i32.const 40)) (i32.const 42))
            (call $require (i32.const 3) (call $count (i32.const 1000000) (i32.const 0)) (i32.const 1000000))
            (call $require (i32.const 4) (call $catcher) (i32.const 5))
            (call $require (i32.const 5) (call $structs) (i32.const 10))
            (call $require (i32.const 6) (call $array) (i32.const 12))
            (call $require (i32.const 7) (call $vectors) (i32.const 6))
            (call $several) (drop) (drop) (if (i32.ne (i32.const 1)) (then (call $exit (i32.const 8))))
            (call $require (i32.const 9) (call $bulk) (i32.const 7))
            (loop $again (br $again))))
        """;
}
