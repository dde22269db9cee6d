namespace Coffer.Edge.Tests.Isolation;

/// <summary>
/// A program that leaves a canary wherever it can, when it is sent one, and else looks for one wherever it can. What it finds it
/// answers, a letter each: in its memory (M), a global (G), a table (T), pages that it did not grow (P), or files (F).
/// </summary>
internal static class Canary
{
    /// <summary>What is left. No byte of the program is part of it.</summary>
    public const string Text = "CANARY-4711-";

    /// <summary>What is answered where there is nothing.</summary>
    public const string Clean = "found:";

    // "CANA" and "RY-4", as numbers of 32 bits.
    private const int First = 0x414e4143, Second = 0x342d5952;

    public static string Program { get; } = $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          {{Programs.Prelude}}
          (memory (export "memory") 3 64)
          (global $g (mut i64) (i64.const 0))
          (table $t 4 funcref)
          (elem declare func $print)
          (data (i32.const 1024) "Content-Type: text/plain\0a\0afound:")
          (data (i32.const 1100) "left.txt")
          (func $leave (param $count i32)
            (local $place i32)
            (global.set $g (i64.load (i32.const 65536)))
            (table.set $t (i32.const 2) (ref.func $print))
            (drop (memory.grow (i32.const 16)))
            (local.set $place (i32.const 131072))
            (loop $next
              (memory.copy (local.get $place) (i32.const 65536) (i32.const 12))
              (br_if $next (i32.lt_u (local.tee $place (i32.add (local.get $place) (i32.const 12))) (i32.const 1200000))))
            (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 1100) (i32.const 8) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
              (then (drop (call $write (i32.load (i32.const 16)) (i32.const 65536) (i32.const 12)))))
            (drop (call $write (i32.const 2) (i32.const 65536) (i32.const 12)))
            (drop (call $write (i32.const 2) (i32.const 1048) (i32.const 1))))
          (func $find (param $letter i32)
            (i32.store8 (i32.const 900) (local.get $letter))
            (call $print (i32.const 900) (i32.const 1)))
          (func $look
            (local $place i32) (local $end i32)
            (call $print (i32.const 1024) (i32.const 32))
            (if (i32.ne (memory.size) (i32.const 3)) (then (call $find (i32.const 80))))
            (if (i64.ne (global.get $g) (i64.const 0)) (then (call $find (i32.const 71))))
            (if (i32.eqz (ref.is_null (table.get $t (i32.const 2)))) (then (call $find (i32.const 84))))
            (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 1100) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
              (then (call $find (i32.const 70))))
            (drop (memory.grow (i32.const 16)))
            (local.set $end (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
            (local.set $place (i32.const 2048))
            (block $over
              (loop $next
                (if (i32.and (i32.eq (i32.load (local.get $place)) (i32.const {{First}})) (i32.eq (i32.load offset=4 (local.get $place)) (i32.const {{Second}})))
                  (then (call $find (i32.const 77)) (br $over)))
                (br_if $next (i32.lt_u (local.tee $place (i32.add (local.get $place) (i32.const 1))) (local.get $end))))))
          (func (export "_start")
            (local $count i32)
            (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
            (drop (call $environ_get (i32.const 2048) (i32.const 8192)))
            (drop (call $args_sizes (i32.const 16) (i32.const 20)))
            (drop (call $args (i32.const 40000) (i32.const 44000)))
            (local.set $count (call $read (i32.const 65536) (i32.const 60000)))
            (if (i32.le_s (local.get $count) (i32.const 0)) (then (call $look) (return)))
            (call $leave (local.get $count))
            ;; How it ends, the letter behind the canary says.
            (if (i32.eq (i32.load8_u (i32.const 65548)) (i32.const 116)) (then unreachable))
            (if (i32.eq (i32.load8_u (i32.const 65548)) (i32.const 120)) (then (call $proc_exit (i32.const 1))))
            (if (i32.eq (i32.load8_u (i32.const 65548)) (i32.const 108)) (then (loop $l (br $l))))
            (if (i32.eq (i32.load8_u (i32.const 65548)) (i32.const 98)) (then (call $print (i32.const 65536) (i32.const 12)) (return)))
            (call $print (i32.const 1024) (i32.const 26))
            ;; Answers of many lengths pass the buffers of the server.
            (call $print (i32.const 131072) (i32.mul (i32.load8_u (i32.const 65549)) (i32.const 3000)))))
        """;
}
