using System.IO.Pipes;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>A thread of a guest that waits inside a WASI function keeps no other from using WASI.</summary>
public sealed class ThreadWaitTests : IDisposable
{
    private readonly TemporaryDirectory host = new();
    private readonly AnonymousPipeServerStream sender = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream receiver;

    private const string Imports = """
        (import "wasi_snapshot_preview1" "path_open"
          (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        """;

    // A subscription at 1024 that waits 50 ms, and one at 2048 that waits for standard input. The other thread says at 0
    // that it is about to wait, and at 4 that it no longer does.
    private const string Others = """
        (data (i32.const 1040) "\01\00\00\00\00\00\00\00\80\f0\fa\02")
        (data (i32.const 2056) "\01")
        (data (i32.const 512) "\00\03\00\00\20\00\00\00")
        (data (i32.const 256) "new")
        (func $must (param i32) (if (local.get 0) (then unreachable)))
        (func $sleep
          (call $must (call $poll (i32.const 1024) (i32.const 1100) (i32.const 1) (i32.const 1200))))
        (func (export "_start")
          (if (i32.le_s (call $spawn (i32.const 1)) (i32.const 0)) (then unreachable))
          (loop $wait (br_if $wait (i32.eqz (i32.atomic.load (i32.const 0)))))
          (call $sleep)
          (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const 3) (i32.const 1)
            (i64.const 0x08E001FF) (i64.const 0) (i32.const 0) (i32.const 1204)))
          (call $meanwhile)
          (call $must (i32.atomic.load (i32.const 4)))
          (call $exit (i32.const 7)))
        """;

    public ThreadWaitTests() => receiver = new AnonymousPipeClientStream(PipeDirection.In, sender.ClientSafePipeHandle);

    public void Dispose()
    {
        sender.Dispose();
        receiver.Dispose();
        host.Dispose();
    }

    [Theory]
    // What the waiting thread does, and what the other one does to what it waits for.
    [InlineData("(call $read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 600))", "")]
    [InlineData("(call $poll (i32.const 2048) (i32.const 2200) (i32.const 1) (i32.const 600))", "")]
    [InlineData(
        "(call $read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 600))",
        "(call $must (call $close (i32.const 0)))")]
    [InlineData(
        "(call $read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 600))",
        "(call $must (call $renumber (i32.load (i32.const 1204)) (i32.const 0)))")]
    public void Thread_ThatWaits_KeepsNoOtherFromWasi(string waiting, string meanwhile)
    {
        var options = new WasiOptions
        {
            Capabilities = Guest.Capabilities.With(new DirectoryGrant(host.Path, "/")),
            StandardInput = receiver,
        };
        using var guest = new ThreadedGuest(
            Imports,
            $"""
            {Others}
            (func $meanwhile {meanwhile})
            (func (export "wasi_thread_start") (param i32 i32)
              (i32.atomic.store (i32.const 0) (i32.const 1))
              (drop {waiting})
              (i32.atomic.store (i32.const 4) (i32.const 1)))
            """,
            options);

        var code = guest.Run();

        // A pipe cannot be closed while a thread waits in a read of it.
        sender.Dispose();
        Assert.Equal(7U, code);
        Assert.True(File.Exists(host["new"]));
    }
}
