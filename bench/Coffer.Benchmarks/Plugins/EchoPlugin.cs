namespace Coffer.Benchmarks.Plugins;

/// <summary>A plugin that gives back what it is given, word by word through the functions of the Extism kernel.</summary>
internal static class EchoPlugin
{
    public static string Text(int version) => $$"""
        (module
          (import "extism:host/env" "input_length" (func $length (result i64)))
          (import "extism:host/env" "input_load_u64" (func $input (param i64) (result i64)))
          (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
          (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
          (import "extism:host/env" "output_set" (func $output (param i64 i64)))
          (memory (export "memory") 2)
          (func (export "echo") (result i32) (local $n i64) (local $at i64) (local $i i64)
            (local.set $n (call $length))
            ;; Into the plugin's own memory, and out of it, as plugins in Rust and Go do.
            (loop $in
              (i64.store (i32.wrap_i64 (local.get $i)) (call $input (local.get $i)))
              (br_if $in (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 8))) (local.get $n))))
            (local.set $at (call $alloc (local.get $n)))
            (local.set $i (i64.const 0))
            (loop $out
              (call $store (i64.add (local.get $at) (local.get $i)) (i64.load (i32.wrap_i64 (local.get $i))))
              (br_if $out (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 8))) (local.get $n))))
            (call $output (local.get $at) (local.get $n))
            (i32.const 0))
          (func (export "version") (result i32) (local $at i64)
            (local.set $at (call $alloc (i64.const 8)))
            (call $store (local.get $at) (i64.const {{version}}))
            (call $output (local.get $at) (i64.const 8))
            (i32.const 0)))
        """;
}
