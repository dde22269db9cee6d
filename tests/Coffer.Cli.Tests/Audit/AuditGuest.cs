namespace Coffer.Cli.Tests.Audit;

/// <summary>A guest that opens paths, and what a grant of its folder looks like.</summary>
internal static class AuditGuest
{
    /// <summary>
    /// Opens each path of its data in turn, for reading (<c>read</c>) or for writing a new file (<c>create</c>); ends
    /// with the error of the last as its exit code.
    /// </summary>
    public static string Opening(string entry, params string[] paths)
    {
        var calls = paths.Select((path, index) =>
            $"(call ${entry} (i32.const {1024 * (index + 1)}) (i32.const {System.Text.Encoding.UTF8.GetByteCount(path)})) ");
        var data = paths.Select((path, index) => $"(data (i32.const {1024 * (index + 1)}) \"{Escape(path)}\")");
        return $$"""
            (module
              (import "wasi_snapshot_preview1" "path_open"
                (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
              (memory (export "memory") 2)
              {{string.Join("\n  ", data)}}
              (global $error (mut i32) (i32.const 0))
              (func $read (param i32 i32) (global.set $error (call $path_open
                (i32.const 3) (i32.const 0) (local.get 0) (local.get 1) (i32.const 0) (i64.const 2) (i64.const 0)
                (i32.const 0) (i32.const 0))))
              (func $create (param i32 i32) (global.set $error (call $path_open
                (i32.const 3) (i32.const 0) (local.get 0) (local.get 1) (i32.const 1) (i64.const 64) (i64.const 0)
                (i32.const 0) (i32.const 0))))
              (func (export "_start") {{string.Concat(calls)}} (call $proc_exit (global.get $error))))
            """;
    }

    private static string Escape(string path) =>
        string.Concat(System.Text.Encoding.UTF8.GetBytes(path).Select(value => $"\\{value:x2}"));
}
