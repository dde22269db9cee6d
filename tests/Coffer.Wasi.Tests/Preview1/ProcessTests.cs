using System.Diagnostics;
using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

public sealed class ProcessTests
{
    [Theory]
    [InlineData(0, 0U)]
    [InlineData(33, 33U)]
    [InlineData(-1, uint.MaxValue)]
    public void Run_GuestExits_ReturnsItsCode(int code, uint expected)
    {
        using var guest = new AbiGuest(new WasiOptions());

        Assert.Equal(expected, guest.Run(code));
    }

    [Fact]
    public void Arguments_WithNul_AreRefused()
    {
        var capabilities = new CapabilitySet(new ArgumentGrant("a\0b"));
        Assert.Throws<ArgumentException>(() => new WasiHost(new WasiOptions { Capabilities = capabilities }));
    }

    [Fact]
    public void Directory_Missing_IsReportedToTheHost()
    {
        var capabilities = new CapabilitySet(new DirectoryGrant("/no/such/directory", "/"));
        Assert.Throws<DirectoryNotFoundException>(() => new WasiHost(new WasiOptions { Capabilities = capabilities }));
    }

    [Fact]
    public void ClockAndRandom_NotGranted_AreNotSupported()
    {
        using var guest = new AbiGuest(new WasiOptions { Capabilities = CapabilitySet.Empty });

        Assert.Equal(Errno.NotSupported, guest.Call("clock_time_get", 0, 0, 200));
        Assert.Equal(Errno.NotSupported, guest.Call("random_get", 200, 8));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(200, 1));
    }

    [Fact]
    public void ClockTime_GrantedClock_TellsItsTime()
    {
        using var guest = new AbiGuest(new WasiOptions { Capabilities = Guest.Capabilities, RealClock = new FixedClock() });

        Assert.Equal(Errno.Success, guest.Call("clock_time_get", 0, 0, 200));
        Assert.Equal(86_400_000_000_000UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Success, guest.Call("clock_time_get", 1, 0, 200));
        Assert.Equal(0UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Invalid, guest.Call("clock_time_get", 4, 0, 200));
    }

    [Fact]
    public void Poll_RelativeClock_SleepsAndReportsIt()
    {
        using var guest = new AbiGuest(new WasiOptions { Capabilities = Guest.Capabilities });
        Subscribe(guest, TimeSpan.FromMilliseconds(50));
        var watch = Stopwatch.StartNew();

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));

        Assert.InRange(watch.ElapsedMilliseconds, 49, 5000);
        Assert.Equal(1U, guest.Memory.Read<uint>(200));
        Assert.Equal(42UL, guest.Memory.Read<ulong>(1000));
        Assert.Equal(new byte[24], guest.Memory.ReadBytes(1008, 24));
    }

    [Fact]
    public void Poll_Deadline_EndsTheWait()
    {
        using var guest = new AbiGuest(new WasiOptions { Capabilities = Guest.Capabilities });
        Subscribe(guest, TimeSpan.FromHours(1));
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        var watch = Stopwatch.StartNew();

        var exhaustion = Assert.Throws<ExhaustionException>(() => guest.Call("poll_oneoff", 0, 1000, 1, 200));

        Assert.Equal(ExhaustionKind.Deadline, exhaustion.Kind);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Write_StreamThatFails_IsABrokenPipe()
    {
        using var guest = new AbiGuest(new WasiOptions { StandardOutput = new FailingStream() });
        guest.PutBuffers(0, 100, 4);

        Assert.Equal(Errno.BrokenPipe, guest.Call("fd_write", 1, 0, 1, 200));
    }

    [Fact]
    public void ReadAndWrite_StandardStreams_PassTheBytes()
    {
        using var output = new MemoryStream();
        using var input = new MemoryStream("question"u8.ToArray());
        using var guest = new AbiGuest(new WasiOptions { StandardInput = input, StandardOutput = output });
        guest.Put(100, "answer");
        guest.PutBuffers(0, 100, 3, 103, 3, 300, 100);

        Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 2, 200));
        Assert.Equal(6U, guest.Memory.Read<uint>(200));
        Assert.Equal("answer", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(Errno.Success, guest.Call("fd_read", 0, 16, 1, 200));
        Assert.Equal("question", guest.Memory.ReadUtf8(300, (int)guest.Memory.Read<uint>(200)));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_read", 1, 16, 1, 200));
        Assert.Equal(Errno.IllegalSeek, guest.Call("fd_seek", 1, 0, 0, 200));
    }

    /// <summary>A file keeps its caller waiting no longer than those that the guest opens itself, so no thread is made for it.</summary>
    [Fact]
    public void Write_ToAFileStream_IsThereWhenTheCallReturns()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var output = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            using var guest = new AbiGuest(new WasiOptions { StandardOutput = output });
            guest.Put(100, "answer");
            for (var i = 1; i <= 100; i++)
            {
                guest.PutBuffers(0, 100, 6);
                Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 1, 200));
                Assert.Equal(6 * i, new FileInfo(path).Length);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A subscription to the monotonic clock with user data 42, at address 0.</summary>
    private static void Subscribe(AbiGuest guest, TimeSpan timeout)
    {
        guest.Memory.GetSpan(0, 48).Clear();
        guest.Memory.Write(0, 42UL);
        guest.Memory.Write(16, 1U);
        guest.Memory.Write(24, (ulong)timeout.TotalNanoseconds);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(1);

        public override long GetTimestamp() => 1000;
    }

    private sealed class FailingStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("closed");
    }
}
