using Coffer.Plugins.Tests.Lifecycle;

namespace Coffer.Plugins.Tests.Hostile;

/// <summary>A plugin that means harm, and what becomes of the call.</summary>
/// <param name="Name">What it tries.</param>
/// <param name="Text">The plugin; its function is <c>run</c>.</param>
/// <param name="Expected">How the call ends; null when it may answer, since what it tries has no effect.</param>
public sealed record HostilePlugin(string Name, string Text, params PluginFailure[] Expected)
{
    private const string Wasi = """
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        """;

    private static HostilePlugin Of(string name, string body, params PluginFailure[] expected) => new(name, Wat.Plugin(body), expected);

    private static HostilePlugin OfWasi(string name, string body, params PluginFailure[] expected) =>
        new(name, $"""(module {Wasi} (memory (export "memory") 1) (func (export "run") (result i32) {body}))""", expected);

    /// <summary>Those that load, and harm when they are called.</summary>
    public static IReadOnlyList<HostilePlugin> Called { get; } =
    [
        Of("loops", "(loop $l (br $l)) (i32.const 0)", PluginFailure.TimedOut),
        new("recurses", Wat.Plugin("(call $r (i64.const 0)) (i32.const 0)", "(func $r (param i64) (call $r (local.get 0)) (call $r (local.get 0)))"),
            PluginFailure.Exhausted),
        new("recurses through a table", Wat.Plugin(
            "(call_indirect (param i32) (i32.const 0) (i32.const 0)) (i32.const 0)",
            "(table 1 funcref) (elem (i32.const 0) $r) (func $r (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0)) (drop (i32.add (local.get 0) (i32.const 1))))"),
            PluginFailure.Exhausted),
        Of("grows its memory and never stops", "(loop $l (drop (memory.grow (i32.const 1))) (br $l)) (i32.const 0)", PluginFailure.TimedOut),
        Of("touches all the memory it can get", """
            (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
            (memory.fill (i32.const 0) (i32.const 1) (i32.mul (memory.size) (i32.const 65536))) unreachable
            """, PluginFailure.Trapped, PluginFailure.TimedOut),
        new("grows a table and never stops", Wat.Plugin(
            "(loop $l (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $l)) (i32.const 0)", "(table $t 1 funcref)"), PluginFailure.TimedOut),
        Of("traps", "unreachable", PluginFailure.Trapped),
        Of("divides by zero", "(i32.div_u (i32.const 1) (i32.const 0))", PluginFailure.Trapped),
        Of("reads beyond its memory", "(i32.load (i32.const -4))", PluginFailure.Trapped),
        Of("returns a code that is none", "(i32.const 42)", PluginFailure.Refused),
        Of("answers from out of range", "(call $output_set (i64.const 1000000) (i64.const 8)) (i32.const 0)", PluginFailure.Trapped),
        Of("answers from a negative offset", "(call $output_set (i64.const -8) (i64.const 8)) (i32.const 0)", PluginFailure.Trapped),
        Of("answers with a length of many terabytes", "(call $output_set (i64.const 8) (i64.const 0x7fffffffffff)) (i32.const 0)", PluginFailure.Exhausted),
        Of("answers with a negative length", "(call $output_set (i64.const 8) (i64.const -1)) (i32.const 0)", PluginFailure.Exhausted),
        Of("loads from the end of the address space", "(call $load_u8 (i64.const -1))", PluginFailure.Trapped),
        Of("stores far beyond all blocks", "(call $store_u64 (i64.const 0x1000000000000) (i64.const 1)) (i32.const 0)", PluginFailure.Trapped),
        Of("stores where nothing was allocated", "(call $store_u64 (i64.const 0) (i64.const 1)) (i32.const 0)", PluginFailure.Trapped),
        Of("allocates and never stops", "(loop $l (drop (call $alloc (i64.const 1048576))) (br $l)) (i32.const 0)", PluginFailure.TimedOut),
        Of("allocates a million small blocks", "(loop $l (drop (call $alloc (i64.const 1))) (br $l)) (i32.const 0)", PluginFailure.TimedOut),
        Of("allocates what nobody has", "(i32.wrap_i64 (call $alloc (i64.const 0x7fffffffffffffff)))"),
        Of("allocates and frees and never stops",
            "(loop $l (call $free (call $alloc (i64.const 100))) (br $l)) (i32.const 0)", PluginFailure.TimedOut),
        Of("frees what is no block", "(call $free (i64.const 12345)) (call $free (i64.const -1)) (call $free (i64.const 8)) (call $free (i64.const 8)) (i32.const 0)"),
        Of("sets an error that is nowhere", "(call $error_set (i64.const 99999)) (i32.const 1)", PluginFailure.Trapped),
        Of("sets an error of 32 MiB", """
            (call $error_set (call $alloc (i64.const 33554432))) (i32.const 1)
            """, PluginFailure.Refused),
        Of("keeps variables and never stops", """
            (local $at i64)
            (loop $l
              (local.set $at (call $alloc (i64.const 1024)))
              (call $store_u64 (local.get $at) (local.get $at))
              (call $var_set (local.get $at) (local.get $at))
              (br $l)) (i32.const 0)
            """, PluginFailure.Exhausted),
        Of("logs and never stops", """
            (local $at i64) (local.set $at (call $alloc (i64.const 1024)))
            (loop $l (call $log_info (local.get $at)) (br $l)) (i32.const 0)
            """, PluginFailure.TimedOut),
        Of("logs 32 MiB at once", "(call $log_info (call $alloc (i64.const 33554432))) (i32.const 0)"),
        Of("names a variable with 32 MiB", "(call $var_set (call $alloc (i64.const 33554432)) (i64.const 0)) (i32.const 0)", PluginFailure.Exhausted),
        Of("logs what is nowhere", "(call $log_info (i64.const 4096)) (i32.const 0)", PluginFailure.Trapped),
        new("recurses through the host", """
            (module (import "test" "again" (func $again)) (func (export "run") (result i32) (call $again) (i32.const 0)))
            """, PluginFailure.Exhausted),
        new("makes the host throw", """
            (module (import "test" "throw" (func $throw)) (func (export "run") (result i32) (call $throw) (i32.const 0)))
            """, PluginFailure.HostFunctionFailed),
        new("throws", """(module (tag $t (param i32)) (func (export "run") (result i32) (throw $t (i32.const 1))))""", PluginFailure.Trapped),
        new("makes objects and never stops", """
            (module (type $n (struct (field (ref null $n)) (field i64 i64 i64 i64)))
              (func (export "run") (result i32) (local $n (ref null $n))
                (loop $l (local.set $n (struct.new $n (local.get $n) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1))) (br $l)) (i32.const 0)))
            """, PluginFailure.TimedOut, PluginFailure.Exhausted),
        new("makes an array of a gigabyte", """
            (module (type $a (array i64))
              (func (export "run") (result i32) (array.len (array.new_default $a (i32.const 0x8000000)))))
            """, PluginFailure.Exhausted),
        new("waits for what never happens", """
            (module (memory 1 1 shared)
              (func (export "run") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
            """, PluginFailure.TimedOut),
        OfWasi("prints and never stops", """
            (i32.store (i32.const 4) (i32.const 65536))
            (loop $l (br_if $l (i32.eqz (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))) unreachable
            """, PluginFailure.Trapped, PluginFailure.TimedOut),
        OfWasi("sleeps for a year", """
            (i64.store (i32.const 24) (i64.const 31536000000000000))
            (i32.store (i32.const 16) (i32.const 1))
            (call $poll (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 512))
            """, PluginFailure.TimedOut),
        OfWasi("ends the program", "(call $exit (i32.const 3)) (i32.const 0)", PluginFailure.Exited),
        OfWasi("fills beyond its memory with random numbers", "(call $random (i32.const 65000) (i32.const 0x7fffffff))", PluginFailure.Refused, PluginFailure.Trapped),
        new("takes an argument that nobody gives", """(module (func (export "run") (param i32) (result i32) (local.get 0)))""", PluginFailure.NoFunction),
        new("has no function", "(module)", PluginFailure.NoFunction),
        new("fills its memory again and again", Wat.Plugin(
            "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l)) (i32.const 0)"), PluginFailure.TimedOut),
    ];

    /// <summary>Those that harm when they are loaded.</summary>
    public static IReadOnlyList<HostilePlugin> Loaded { get; } =
    [
        new("hangs in its start function", "(module (func $s (loop $l (br $l))) (start $s))"),
        new("traps in its start function", "(module (func $s unreachable) (start $s))"),
        new("hangs when it is initialized", """(module (func (export "_initialize") (loop $l (br $l))))"""),
        new("traps in a constructor", """(module (func (export "__wasm_call_ctors") unreachable))"""),
        new("recurses in its start function", "(module (func $s (call $s) (call $s)) (start $s))"),
        new("begins with more memory than it may have", "(module (memory 2000))"),
        new("begins with a larger table than it may have", "(module (table 20000000 funcref))"),
        new("imports what there is not", """(module (import "env" "system" (func (param i32) (result i32))))"""),
        new("imports a function of another type", """(module (import "extism:host/env" "alloc" (func (param i32) (result i32))))"""),
        new("wants threads", """(module (import "wasi" "thread-spawn" (func (param i32) (result i32))) (import "env" "memory" (memory 1 1 shared)))"""),
        new("writes its data beyond its memory", """(module (memory 1) (data (i32.const 65535) "abc"))"""),
    ];
}
