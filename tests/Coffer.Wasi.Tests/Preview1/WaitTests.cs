using System.Diagnostics;
using System.IO.Pipes;
using Coffer.Capabilities;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>What waits, what for, and what ends the wait.</summary>
public sealed class WaitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly AnonymousPipeServerStream sender = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream receiver;

    public WaitTests() => receiver = new AnonymousPipeClientStream(PipeDirection.In, sender.ClientSafePipeHandle);

    public void Dispose()
    {
        sender.Dispose();
        receiver.Dispose();
    }

    [Fact]
    public void Read_PipeWithoutBytes_EndsWithTheDeadline()
    {
        using var guest = Open();
        guest.PutBuffers(0, 300, 100);
        var watch = Stopwatch.StartNew();
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        var exhaustion = Assert.Throws<ExhaustionException>(() => guest.Call("fd_read", 0, 0, 1, 200));

        Assert.Equal(ExhaustionKind.Deadline, exhaustion.Kind);
        Assert.True(watch.Elapsed < Patience);
    }

    [Fact]
    public void Read_AfterADeadline_GetsTheBytesThatCameMeanwhile()
    {
        using var guest = Open();
        guest.PutBuffers(0, 300, 100);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));
        Assert.Throws<ExhaustionException>(() => guest.Call("fd_read", 0, 0, 1, 200));
        sender.Write("late"u8);
        guest.Store.SetDeadline(Timeout.InfiniteTimeSpan);

        Assert.Equal(Errno.Success, guest.Call("fd_read", 0, 0, 1, 200));

        Assert.Equal("late", guest.Memory.ReadUtf8(300, (int)guest.Memory.Read<uint>(200)));
    }

    [Fact]
    public void Read_NonBlocking_SaysThatThereIsNothing()
    {
        using var guest = Open();
        guest.PutBuffers(0, 300, 100);

        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_flags", 0, 4));
        Assert.Equal(Errno.Again, guest.Call("fd_read", 0, 0, 1, 200));
    }

    [Fact]
    public void Write_StreamThatIsStuck_EndsWithTheDeadline()
    {
        using var stuck = new StuckStream();
        using var guest = new AbiGuest(new WasiOptions { StandardOutput = stuck });
        guest.PutBuffers(0, 300, 100);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        Assert.Throws<ExhaustionException>(() => guest.Call("fd_write", 1, 0, 1, 200));

        stuck.Release();
    }

    [Theory]
    [InlineData("fd_read", 0, 0L, 1L, 200L)]
    [InlineData("fd_sync", 1)]
    [InlineData("fd_datasync", 1)]
    public void AnyCall_OutputThatIsStuckWhenFlushed_EndsWithTheDeadline(string function, int number, params long[] arguments)
    {
        using var stuck = new StuckStream { IsStuckWhenFlushed = true };
        using var guest = new AbiGuest(new WasiOptions { StandardOutput = stuck, StandardInput = receiver });
        guest.PutBuffers(0, 300, 100);
        Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 1, 200));
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        Assert.Throws<ExhaustionException>(() => guest.Call(function, [number, .. arguments]));

        stuck.Release();
    }

    [Fact]
    public async Task Close_OutputThatIsFlushedLate_IsFlushedBeforeTheRunEnds()
    {
        using var slow = new StuckStream { IsStuckWhenFlushed = true };
        using var guest = new AbiGuest(new WasiOptions { StandardOutput = slow });
        guest.PutBuffers(0, 300, 100);
        Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 1, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_close", 1));
        var release = Task.Run(
            async () =>
            {
                await Task.Delay(50);
                slow.Release();
            },
            TestContext.Current.CancellationToken);

        guest.Run(0);

        Assert.True(slow.IsFlushed);
        await release;
    }

    [Fact]
    public async Task Poll_InputAndClock_ReportsTheInputThatComesFirst()
    {
        using var guest = Open();
        Subscribe(guest, 0, userData: 1, type: 0, number: 1, TimeSpan.FromHours(1));
        Subscribe(guest, 1, userData: 2, type: 1, number: 0);
        var poll = Task.Run(() => guest.Call("poll_oneoff", 0, 1000, 2, 200), TestContext.Current.CancellationToken);
        await sender.WriteAsync("now"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal(Errno.Success, await poll.WaitAsync(Patience, TestContext.Current.CancellationToken));

        Assert.Equal(1U, guest.Memory.Read<uint>(200));
        Assert.Equal(2UL, guest.Memory.Read<ulong>(1000));
        Assert.Equal(new byte[] { 0, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0 }, guest.Memory.ReadBytes(1008, 16));
        Assert.Equal(new byte[8], guest.Memory.ReadBytes(1024, 8));
    }

    [Fact]
    public void Poll_InputThatClosed_IsReadyAndHungUp()
    {
        using var guest = Open();
        Subscribe(guest, 0, userData: 2, type: 1, number: 0);
        sender.Dispose();

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));

        Assert.Equal(0UL, guest.Memory.Read<ulong>(1016));
        Assert.Equal(1, guest.Memory.Read<ushort>(1024));
    }

    [Fact]
    public void Poll_SeveralClocks_ReportsOnlyWhatIsDue()
    {
        using var guest = Open();
        Subscribe(guest, 0, userData: 1, type: 0, number: 1, TimeSpan.FromHours(1));
        Subscribe(guest, 1, userData: 2, type: 0, number: 0, TimeSpan.FromMilliseconds(20));
        Subscribe(guest, 2, userData: 3, type: 0, number: 9, TimeSpan.FromHours(1));

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 2, 200));
        Assert.Equal(1U, guest.Memory.Read<uint>(200));
        Assert.Equal(2UL, guest.Memory.Read<ulong>(1000));

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 3, 200));
        Assert.Equal(1U, guest.Memory.Read<uint>(200));
        Assert.Equal(3UL, guest.Memory.Read<ulong>(1000));
        Assert.Equal((ushort)Errno.Invalid, guest.Memory.Read<ushort>(1008));
    }

    [Fact]
    public void Poll_SteppedClock_AdvancesInsteadOfSleeping()
    {
        using var guest = new AbiGuest(new WasiOptions());
        Subscribe(guest, 0, userData: 1, type: 0, number: 1, TimeSpan.FromHours(1));
        Assert.Equal(Errno.Success, guest.Call("clock_time_get", 1, 0, 400));

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));

        Assert.Equal(Errno.Success, guest.Call("clock_time_get", 1, 0, 408));
        var passed = guest.Memory.Read<ulong>(408) - guest.Memory.Read<ulong>(400);
        Assert.InRange(passed, 3_600_000_000_000UL, 3_601_000_000_000UL);
    }

    [Fact]
    public void Poll_TimeBeyondAllTime_IsNoOverflow()
    {
        using var guest = Open();
        Subscribe(guest, 0, userData: 1, type: 0, number: 1, TimeSpan.Zero);
        guest.Memory.Write(24, ulong.MaxValue);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(10));

        Assert.Throws<ExhaustionException>(() => guest.Call("poll_oneoff", 0, 1000, 1, 200));
    }

    [Fact]
    public void Poll_StreamThatIsNotGranted_IsNotReadAhead()
    {
        sender.Write("secret"u8);
        using var guest = new AbiGuest(new WasiOptions { StandardInput = receiver, Capabilities = CapabilitySet.Empty });
        Subscribe(guest, 0, userData: 1, type: 1, number: 0);

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));

        Span<byte> rest = stackalloc byte[10];
        Assert.Equal(6, receiver.Read(rest));
    }

    [Fact]
    public void Calls_WithoutEnd_UseUpTheFuel()
    {
        var engine = new Engine(new EngineOptions { ConsumeFuel = true });
        using var wasi = new WasiHost();
        using var store = new Store(engine, new StoreLimits { Fuel = 100_000 });
        var module = Module.CompileText(engine, """
            (module
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 4)
              (func (export "_start")
                (drop (call $poll (i32.const 0) (i32.const 100000) (i32.const 1000) (i32.const 200)))
                (drop (call $poll (i32.const 0) (i32.const 100000) (i32.const 1000) (i32.const 200)))))
            """);
        var instance = wasi.AddTo(new Linker()).Instantiate(store, module);

        var exhaustion = Assert.Throws<ExhaustionException>(() => wasi.Run(instance));

        Assert.Equal(ExhaustionKind.Fuel, exhaustion.Kind);
    }

    [Fact]
    public void Call_ModuleWithoutMemory_SaysWhatIsMissing()
    {
        using var wasi = new WasiHost();
        using var store = new Store(Guest.Engine);
        var module = Module.CompileText(Guest.Engine, """
            (module
              (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
              (func (export "_start") (drop (call $random (i32.const 0) (i32.const 8)))))
            """);
        var instance = wasi.AddTo(new Linker()).Instantiate(store, module);

        Assert.Contains("memory", Assert.Throws<LinkException>(() => wasi.Run(instance)).Message, StringComparison.Ordinal);
    }

    private static void Subscribe(
        AbiGuest guest, int index, ulong userData, byte type, int number, TimeSpan timeout = default)
    {
        var start = (ulong)index * 48;
        guest.Memory.GetSpan(start, 48).Clear();
        guest.Memory.Write(start, userData);
        guest.Memory.Write(start + 8, type);
        guest.Memory.Write(start + 16, number);
        guest.Memory.Write(start + 24, (ulong)timeout.TotalNanoseconds);
    }

    private AbiGuest Open() => new(new WasiOptions { Capabilities = Guest.Capabilities, StandardInput = receiver });

    /// <summary>A stream that takes nothing until it is released.</summary>
    private sealed class StuckStream : Stream
    {
        private readonly ManualResetEventSlim released = new();

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => 0;
        public override long Position { get; set; }

        public bool IsStuckWhenFlushed { get; init; }

        public bool IsFlushed { get; private set; }

        public void Release() => released.Set();

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (!IsStuckWhenFlushed) released.Wait();
        }

        public override void Flush()
        {
            if (IsStuckWhenFlushed) released.Wait();
            IsFlushed = true;
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;
        public override long Seek(long offset, SeekOrigin origin) => 0;

        public override void SetLength(long value)
        {
        }
    }
}
