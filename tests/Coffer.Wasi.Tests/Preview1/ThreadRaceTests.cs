using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>
/// Threads of a guest that open, read, write, renumber and close the same descriptors at the same time, while the host
/// uses descriptors of its own.
/// </summary>
public sealed class ThreadRaceTests : IDisposable
{
    private const int Threads = 4, Rounds = 4000;
    private readonly TemporaryDirectory host = new();
    private readonly TemporaryDirectory others = new();

    private const string Imports = """
        (import "wasi_snapshot_preview1" "path_open"
          (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
        """;

    // A thread has 1 KiB from 4096 on: buffers at 0 and 8, results at 16 and 24, and what it reads at 64. The names f0 to f3
    // stand at 256, what is written at 512, and how many threads have ended at 0.
    private static readonly string Body = $"""
        (data (i32.const 256) "f0f1f2f3")
        (data (i32.const 512) "GGGGGGGG")
        (func $check (param $from i32) (param $count i32)
          (loop $next
            (if (i32.eqz (local.get $count)) (then (return)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (if (i32.ne (i32.load8_u (i32.add (local.get $from) (local.get $count))) (i32.const 0x47)) (then unreachable))
            (br $next)))
        (func $work (param $id i32) (local $seed i32) (local $n i32) (local $base i32) (local $fd i32) (local $op i32)
          (local.set $seed (i32.add (i32.mul (local.get $id) (i32.const 0x9E3779B1)) (i32.const 12345)))
          (local.set $base (i32.add (i32.const 4096) (i32.mul (local.get $id) (i32.const 1024))))
          (i32.store (local.get $base) (i32.add (local.get $base) (i32.const 64)))
          (i32.store offset=4 (local.get $base) (i32.const 32))
          (i32.store offset=8 (local.get $base) (i32.const 512))
          (i32.store offset=12 (local.get $base) (i32.const 8))
          (loop $next
            (local.set $seed (i32.xor (local.get $seed) (i32.shl (local.get $seed) (i32.const 13))))
            (local.set $seed (i32.xor (local.get $seed) (i32.shr_u (local.get $seed) (i32.const 17))))
            (local.set $seed (i32.xor (local.get $seed) (i32.shl (local.get $seed) (i32.const 5))))
            (local.set $fd (i32.add (i32.const 4) (i32.and (i32.shr_u (local.get $seed) (i32.const 8)) (i32.const 7))))
            (local.set $op (i32.and (i32.shr_u (local.get $seed) (i32.const 16)) (i32.const 7)))
            (block $done
              (if (i32.lt_u (local.get $op) (i32.const 2)) (then
                (drop (call $open (i32.const 3) (i32.const 0)
                  (i32.add (i32.const 256) (i32.and (i32.shr_u (local.get $seed) (i32.const 20)) (i32.const 6)))
                  (i32.const 2) (i32.const 1) (i64.const 0x08E001FF) (i64.const 0) (i32.const 0)
                  (i32.add (local.get $base) (i32.const 16))))
                (br $done)))
              (if (i32.eq (local.get $op) (i32.const 2)) (then (drop (call $close (local.get $fd))) (br $done)))
              (if (i32.lt_u (local.get $op) (i32.const 5)) (then
                (if (i32.eqz (call $read
                  (local.get $fd) (local.get $base) (i32.const 1) (i32.add (local.get $base) (i32.const 16))))
                  (then (call $check
                    (i32.add (local.get $base) (i32.const 64)) (i32.load offset=16 (local.get $base)))))
                (br $done)))
              (if (i32.eq (local.get $op) (i32.const 5)) (then
                (drop (call $renumber (local.get $fd)
                  (i32.add (i32.const 4) (i32.and (i32.shr_u (local.get $seed) (i32.const 24)) (i32.const 7)))))
                (br $done)))
              (if (i32.eq (local.get $op) (i32.const 6)) (then
                (drop (call $write (local.get $fd) (i32.add (local.get $base) (i32.const 8)) (i32.const 1)
                  (i32.add (local.get $base) (i32.const 16))))
                (br $done)))
              (drop (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.add (local.get $base) (i32.const 24)))))
            (br_if $next (i32.lt_u
              (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {Rounds}))))
          (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
          (drop (memory.atomic.notify (i32.const 0) (i32.const 10))))
        (func (export "wasi_thread_start") (param i32 i32) (call $work (local.get 1)))
        (func (export "_start") (local $i i32) (local $seen i32)
          (loop $next
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (if (i32.le_s (call $spawn (local.get $i)) (i32.const 0)) (then unreachable))
            (br_if $next (i32.lt_u (local.get $i) (i32.const {Threads - 1}))))
          (call $work (i32.const 0))
          (loop $wait
            (local.set $seen (i32.atomic.load (i32.const 0)))
            (if (i32.ne (local.get $seen) (i32.const {Threads})) (then
              (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const 1000000)))
              (br $wait))))
          (call $exit (i32.const 7)))
        """;

    public void Dispose()
    {
        host.Dispose();
        others.Dispose();
    }

    [Theory]
    [InlineData(DirectorySource.Host)]
    [InlineData(DirectorySource.Memory)]
    [InlineData(DirectorySource.Overlay)]
    public async Task Descriptors_UsedByManyThreads_ReachNothingElseAndAreGivenBack(DirectorySource source)
    {
        foreach (var name in new[] { "f0", "f1", "f2", "f3" }) File.WriteAllText(host[name], new string('G', 100));
        using var end = new CancellationTokenSource();
        var bystander = Task.Run(() => UseFiles(end.Token), TestContext.Current.CancellationToken);
        var grant = new DirectoryGrant(source == DirectorySource.Memory ? "" : host.Path, "/") { Source = source };
        var options = new WasiOptions
        {
            Capabilities = Guest.Capabilities.With(grant),
            Quotas = Quotas.Default with { Handles = 12 },
        };

        using (var guest = new ThreadedGuest(Imports, Body, options)) Assert.Equal(7U, guest.Run());

        await end.CancelAsync();
        Assert.True(await bystander > 0);
        Assert.Equal(0, OpenDescriptors());
    }

    // What the guest closes or writes by mistake would be one of these.
    private int UseFiles(CancellationToken end)
    {
        var rounds = 0;
        for (; !end.IsCancellationRequested; rounds++)
        {
            var path = others[$"{rounds % 8}"];
            var expected = new byte[64];
            Array.Fill(expected, (byte)'H');
            using (var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0))
            {
                file.Write(expected);
                Thread.Yield();
                file.Position = 0;
                var content = new byte[100];
                Assert.Equal(64, file.Read(content));
                Assert.Equal(expected, content[..64]);
            }
        }

        return rounds;
    }

    private int OpenDescriptors() => !OperatingSystem.IsLinux() ? 0 : Directory.GetFiles("/proc/self/fd").Count(link =>
    {
        try
        {
            return File.ResolveLinkTarget(link, false)?.FullName.StartsWith(host.Path, StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return false;
        }
    });
}
