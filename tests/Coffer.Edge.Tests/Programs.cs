using System.Text;

namespace Coffer.Edge.Tests;

/// <summary>Small programs for WASI 0.1, in the text format.</summary>
internal static class Programs
{
    /// <summary>What most of them need: functions of WASI, and <c>print</c> and <c>log</c> of a place and a length.</summary>
    public const string Prelude = """
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (func $write (param $fd i32) (param $place i32) (param $length i32) (result i32)
          (i32.store (i32.const 0) (local.get $place))
          (i32.store (i32.const 4) (local.get $length))
          (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (func $print (param $place i32) (param $length i32)
          (drop (call $write (i32.const 1) (local.get $place) (local.get $length))))
        (func $read (param $place i32) (param $length i32) (result i32)
          (i32.store (i32.const 0) (local.get $place))
          (i32.store (i32.const 4) (local.get $length))
          (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (return (i32.const -1))))
          (i32.load (i32.const 8)))
        """;

    /// <summary>The bytes of a module in the text format.</summary>
    public static byte[] Binary(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Prints a text.</summary>
    public static string Printing(string text) => Running($"(call $print (i32.const 1024) (i32.const {Encoding.UTF8.GetByteCount(text)}))", text);

    /// <summary>Does something, with a text at 1024.</summary>
    public static string Running(string body, string text = "", int pages = 2) => $"""
        (module
          {Prelude}
          (memory (export "memory") {pages})
          (data (i32.const 1024) "{Escape(text)}")
          (func (export "_start") {body}))
        """;

    /// <summary>Waits on the wall clock, for a span or until a time since 1970, and answers.</summary>
    public static string Sleeping(TimeSpan span, bool isAbsolute = false) => $"""
        (module
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          {Prelude}
          (memory (export "memory") 1)
          (data (i32.const 1024) "Content-Type: text/plain\0a\0aslept")
          (func (export "_start")
            (i64.store (i32.const 128) (i64.const 1))
            (i64.store (i32.const 152) (i64.const {span.TotalNanoseconds:F0}))
            (i32.store16 (i32.const 168) (i32.const {(isAbsolute ? 1 : 0)}))
            (if (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 320)) (then unreachable))
            (call $print (i32.const 1024) (i32.const 31))))
        """;

    /// <summary>Answers with the body of the request.</summary>
    public static string Echo => Running("""
        (local $count i32)
        (call $print (i32.const 1024) (i32.const 26))
        (loop $next
          (local.set $count (call $read (i32.const 4096) (i32.const 65536)))
          (if (i32.gt_s (local.get $count) (i32.const 0))
            (then
              (call $print (i32.const 4096) (local.get $count))
              (br $next))))
        """, "Content-Type: text/plain\n\n");

    /// <summary>Answers with its environment, a variable a line.</summary>
    public static string Environment => Running("""
        (local $i i32) (local $end i32)
        (call $print (i32.const 1024) (i32.const 26))
        (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
        (drop (call $environ_get (i32.const 2048) (i32.const 8192)))
        (local.set $end (i32.add (i32.const 8192) (i32.load (i32.const 20))))
        (local.set $i (i32.const 8192))
        (loop $next
          (if (i32.lt_u (local.get $i) (local.get $end))
            (then
              (if (i32.eqz (i32.load8_u (local.get $i))) (then (i32.store8 (local.get $i) (i32.const 10))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $next))))
        (call $print (i32.const 8192) (i32.load (i32.const 20)))
        """, "Content-Type: text/plain\n\n");

    private static string Escape(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(each => $"\\{each:x2}"));
}
