namespace Coffer.Plugins.Tests.Lifecycle;

/// <summary>Plugins in the text format.</summary>
internal static class Wat
{
    /// <summary>Imports of the Extism kernel for plugins below.</summary>
    public const string Kernel = """
          (import "extism:host/env" "input_length" (func $input_length (result i64)))
          (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
          (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
          (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
          (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
          (import "extism:host/env" "free" (func $free (param i64)))
          (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
          (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
          (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
          (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
          (import "extism:host/env" "error_set" (func $error_set (param i64)))
          (import "extism:host/env" "log_info" (func $log_info (param i64)))
          (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
        """;

    /// <summary>Answers with a number, whatever it is asked.</summary>
    public static string Answer(long number) => $$"""
        (module {{Kernel}}
          (func (export "answer") (result i32) (local $at i64)
            (local.set $at (call $alloc (i64.const 8)))
            (call $store_u64 (local.get $at) (i64.const {{number}}))
            (call $output_set (local.get $at) (i64.const 8))
            (i32.const 0)))
        """;

    /// <summary>Counts its calls in its own memory, and traps when it is asked to.</summary>
    public const string Counter = $$"""
        (module {{Kernel}}
          (memory (export "memory") 1)
          (func (export "count") (result i32) (local $at i64)
            (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))
            (local.set $at (call $alloc (i64.const 8)))
            (call $store_u64 (local.get $at) (i64.load (i32.const 0)))
            (call $output_set (local.get $at) (i64.const 8))
            (i32.const 0))
          (func (export "trap") (result i32) unreachable)
          (func (export "loop") (result i32) (loop $l (br $l)) (i32.const 0)))
        """;

    /// <summary>A plugin that does one thing.</summary>
    public static string Plugin(string body, string rest = "") => $$"""
        (module {{Kernel}} (memory (export "memory") 1) {{rest}}
          (func (export "run") (result i32) {{body}}))
        """;

    public static long Number(PluginAnswer answer) => BitConverter.ToInt64(answer.Output.Span);
}
