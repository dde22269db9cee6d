namespace Coffer.Edge.Tests.Hostile;

/// <summary>A program that does not do what programs should, and what must come of it.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Program">The module, in the text format.</param>
/// <param name="Status">The status of the answer; 0 when the connection is ended, because the answer has begun.</param>
/// <param name="Logged">A part of the line that the operator is given; null for none.</param>
/// <param name="Limits">What the configuration says of the app; null for <see cref="Short"/> or <see cref="Long"/>.</param>
/// <param name="Body">Whether the request has a body whose length is not known, so that the guest runs on a thread of its own.</param>
internal sealed record HostileGuest(string Name, string Program, int Status, string? Logged, string? Limits = null, bool Body = false)
{
    public const string Short = "\"limits\": { \"time\": \"500ms\" }";

    /// <summary>For guests that end by themselves, however busy the machine is.</summary>
    public const string Long = "\"limits\": { \"time\": \"1m\" }";

    private const string Head = "Content-Type: text/plain\n\n";
    private const string Answer = "(call $print (i32.const 1024) (i32.const 26))";
    private const string Recursion = "(func $deep (param i64) (result i64) (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (local.get 0)))";

    /// <summary>What the configuration says of the app.</summary>
    public string App => Limits ?? (Logged == "limits.time" ? Short : Long);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<HostileGuest> All { get; } =
    [
        new("loops in its start function", Module("(func $s (loop $l (br $l))) (start $s) (func (export \"_start\"))"), 504, "limits.time"),
        new("loops in its start function, on its own thread", Module("(func $s (loop $l (br $l))) (start $s) (func (export \"_start\"))"), 504, "limits.time", Body: true),
        new("traps in its start function", Module("(func $s unreachable) (start $s) (func (export \"_start\"))"), 500, "unreachable"),
        new("exits in its start function", Module($"(func $s (call $proc_exit (i32.const 7))) (start $s) (func (export \"_start\"))"), 500, "7"),
        new("loops without instructions that do anything", Programs.Running("(loop $a (loop $b (br $a)))"), 504, "limits.time"),
        new("calls itself through a table", Module("""
            (type $t (func)) (table 1 funcref) (elem (i32.const 0) $f)
            (func $f (call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 0))) (func (export "_start") (call $f))
            """), 500, "stack"),
        new("recurses", Module($"{Recursion} (func (export \"_start\") (drop (call $deep (i64.const 0))))"), 500, "stack"),
        new("recurses, on its own thread", Module($"{Recursion} (func (export \"_start\") (drop (call $deep (i64.const 0))))"), 500, "stack", Body: true),
        new("recurses in its start function", Module($"{Recursion} (func $s (drop (call $deep (i64.const 0)))) (start $s) (func (export \"_start\"))"), 500, "stack"),
        new("grows its memory until it may not, then accesses it", Programs.Running("""
            (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (drop (i32.load (i32.const -4)))
            """), 500, "out of bounds", "\"limits\": { \"memory\": \"4MiB\" }"),
        new("has more memories than it may have", "(module (memory (export \"memory\") 100) (memory 100) (memory 100) (func (export \"_start\")))", 500, "limits.memory", "\"limits\": { \"memory\": \"8MiB\" }"),
        new("has a table beyond all bounds", Module("(table 200000000 funcref) (func (export \"_start\"))"), 500, "table"),
        new("grows its table until it may not", Module($$"""
            (table $t 1 funcref)
            (func (export "_start") (loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 1000000)) (i32.const -1)))) unreachable)
            """), 500, "unreachable", "\"limits\": { \"memory\": \"32MiB\", \"time\": \"1m\" }"),
        new("makes an array beyond all bounds", Module("(type $a (array (mut i64))) (func (export \"_start\") (drop (array.new_default $a (i32.const 2000000000))))"), 500, null),
        new("makes objects and never stops", Module("""
            (type $n (struct (field (ref null $n))))
            (func (export "_start") (local $n (ref null $n)) (loop $l (local.set $n (struct.new $n (local.get $n))) (br $l)))
            """), 500, "limits.objects", "\"limits\": { \"objects\": \"16MiB\", \"time\": \"1m\" }"),
        new("waits for a year", Module("""
            (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
            """, """
            (func (export "_start")
              (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 31536000000000000))
              (drop (call $poll (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 8))))
            """), 504, "limits.time"),
        new("waits for itself", "(module (memory (export \"memory\") 1 1 shared) (func (export \"_start\") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))", 504, "limits.time"),
        new("reads the same input for ever", Programs.Running("(loop $l (drop (call $read (i32.const 4096) (i32.const 4096))) (br $l))"), 504, "limits.time", Body: true),
        new("never reads, never writes", Programs.Running("(nop)"), 502, "wrote nothing", Body: true),
        new("floods its log", Programs.Running("(loop $l (drop (call $write (i32.const 2) (i32.const 0) (i32.const 65536))) (br $l))"), 504, "limits.time", "\"limits\": { \"time\": \"500ms\", \"logLines\": 5 }"),
        new("floods its log with empty lines", Programs.Running("(loop $l (drop (call $write (i32.const 2) (i32.const 1024) (i32.const 60))) (br $l))", new string('\n', 60)), 504, "limits.logLines", "\"limits\": { \"time\": \"500ms\", \"logLines\": 5 }"),
        new("writes byte by byte for ever", Programs.Running($"{Answer} (loop $l (call $print (i32.const 1024) (i32.const 1)) (br $l))", Head), 0, "limits.responseBody", "\"limits\": { \"responseBody\": \"100KiB\" }"),
        new("writes headers byte by byte for ever", Programs.Running("(loop $l (call $print (i32.const 1024) (i32.const 1)) (br $l))", "x"), 502, "limits.responseHeaders", "\"limits\": { \"responseHeaders\": \"8KiB\" }"),
        new("writes one header again and again", Programs.Running("(loop $l (call $print (i32.const 1024) (i32.const 60)) (br $l))", string.Concat(Enumerable.Repeat("a:\n", 20))), 502, "limits.responseHeaders", "\"limits\": { \"responseHeaders\": \"64KiB\" }"),
        new("writes as many headers as there is room for", Programs.Running("""
            (local $i i32)
            (loop $l
              (call $print (i32.const 1024) (i32.const 60))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
            (call $print (i32.const 1026) (i32.const 1))
            """, string.Concat(Enumerable.Repeat("a:\n", 20))), 502, "headers"),
        new("writes a part of its headers and traps", Programs.Running("(call $print (i32.const 1024) (i32.const 10)) unreachable", Head), 500, "unreachable"),
        new("writes a part of its answer and traps", Programs.Running($"{Answer} (call $print (i32.const 4096) (i32.const 90)) unreachable", Head), 500, "unreachable"),
        new("writes a long part of its answer and loops", Programs.Running($"{Answer} (call $print (i32.const 4096) (i32.const 60000)) (loop $l (br $l))", Head), 0, "limits.time"),
        new("writes less than it said", Programs.Printing("Content-Length: 10\n\nfour"), 502, "Content-Length"),
        new("writes much less than it said", Programs.Running("(call $print (i32.const 1024) (i32.const 26)) (call $print (i32.const 4096) (i32.const 60000))", "Content-Length: 90000000\n\n"), 0, "Content-Length"),
        new("exits without an answer", Programs.Running("(call $proc_exit (i32.const 0))"), 502, "wrote nothing"),
        new("exits with the largest code", Programs.Running("(call $proc_exit (i32.const -1))"), 500, "exited with code"),
        new("raises a signal", Module("""
            (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
            """, "(func (export \"_start\") (drop (call $raise (i32.const 9))) unreachable)"), 500, null),
        new("has itself a status of the past", Programs.Printing("Status: 101 Switching Protocols\n\n"), 502, "Status"),
        new("has a status beyond all", Programs.Printing("Status: 600\n\n"), 502, "Status"),
        new("has a status that is negative", Programs.Printing("Status: -200\n\n"), 502, "Status"),
        new("has a status that overflows", Programs.Printing("Status: 4294967496\n\n"), 502, "Status"),
        new("has a NUL in a header", Programs.Printing("X-A: b\0c\n\n"), 502, "control character"),
        new("has a CR in a header", Programs.Printing("X-A: b\rX-B: c\n\n"), 502, "control character"),
        new("has a NUL in the name of a header", Programs.Printing("X\0A: b\n\n"), 502, "name"),
        new("has a name of letters that are none of ASCII", Programs.Printing("X-Ä: b\n\n"), 502, "name"),
        new("continues a header in a second line", Programs.Printing("X-A: b\n c: d\n\n"), 502, "name"),
        new("has two lengths", Programs.Printing("Content-Length: 3\nContent-Length: 4\n\nabc"), 502, "Content-Length"),
        new("has a negative length", Programs.Printing("Content-Length: -1\n\nabc"), 502, "Content-Length"),
        new("has a length with a sign", Programs.Printing("Content-Length: +3\n\nabc"), 502, "Content-Length"),
        new("has a length that overflows", Programs.Printing("Content-Length: 18446744073709551619\n\nabc"), 502, "Content-Length"),
        new("has a list of lengths", Programs.Printing("Content-Length: 3, 3\n\nabc"), 502, "Content-Length"),
    ];

    public override string ToString() => Name;

    private static string Module(string rest) => Module("", rest);

    // Imports come before all else.
    private static string Module(string imports, string rest) => $"(module {imports} {Programs.Prelude} (memory (export \"memory\") 2) {rest})";
}
