using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>
/// Pointers, lengths and counts that a guest may make up: each is an error number, never a trap or worse.
/// </summary>
public sealed class PointerTests
{
    private const long Bad = AbiGuest.End - 1;

    [Theory]
    [InlineData("wasi_snapshot_preview1")]
    [InlineData("wasi_unstable")]
    public void AddTo_EveryFunction_HasTheTypeOfItsDescription(string module)
    {
        using var guest = new AbiGuest(new WasiOptions(), module);

        Assert.Equal(Errno.Success, guest.Call("sched_yield"));
        Assert.Equal(45, AbiGuest.Functions.Length);
    }

    [Fact]
    public void AnyFunction_PointerOutsideTheMemory_GivesFault()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "content");
        using var guest = new AbiGuest(Options(directory));
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var file));
        guest.PutBuffers(0, 100, 10);
        guest.PutBuffers(8, (uint)Bad, 10);
        var name = guest.Put(2000, "file");

        Assert.Equal(Errno.Fault, guest.Call("args_sizes_get", Bad, 0));
        Assert.Equal(Errno.Fault, guest.Call("args_sizes_get", 0, Bad));
        Assert.Equal(Errno.Fault, guest.Call("args_get", 100, Bad));
        Assert.Equal(Errno.Fault, guest.Call("environ_get", Bad, 100));
        Assert.Equal(Errno.Fault, guest.Call("clock_time_get", 0, 0, Bad));
        Assert.Equal(Errno.Fault, guest.Call("clock_res_get", 0, 0xFFFFFFFF));
        Assert.Equal(Errno.Fault, guest.Call("random_get", 100, AbiGuest.End));
        Assert.Equal(Errno.Fault, guest.Call("random_get", 0xFFFFFFFF, 0xFFFFFFFF));
        foreach (var transfer in new[] { "fd_read", "fd_write" })
        {
            Assert.Equal(Errno.Fault, guest.Call(transfer, file, Bad, 1, 200));
            Assert.Equal(Errno.Fault, guest.Call(transfer, file, 8, 1, 200));
            Assert.Equal(Errno.Fault, guest.Call(transfer, file, 0, 1, Bad));
        }

        Assert.Equal(Errno.Fault, guest.Call("fd_pread", file, Bad, 1, 0, 200));
        Assert.Equal(Errno.Fault, guest.Call("fd_pwrite", file, 8, 1, 0, 200));
        Assert.Equal(Errno.Fault, guest.Call("fd_fdstat_get", file, Bad));
        Assert.Equal(Errno.Fault, guest.Call("fd_filestat_get", file, Bad));
        Assert.Equal(Errno.Fault, guest.Call("fd_prestat_get", 3, Bad));
        Assert.Equal(Errno.Fault, guest.Call("fd_prestat_dir_name", 3, AbiGuest.End, 5));
        Assert.Equal(Errno.Fault, guest.Call("fd_readdir", 3, Bad, 100, 0, 200));
        Assert.Equal(Errno.Fault, guest.Call("fd_seek", file, 0, 0, Bad));
        Assert.Equal(Errno.Fault, guest.Call("path_open", 3, 0, Bad, 10, 0, 0, 0, 0, 200));
        Assert.Equal(Errno.Fault, guest.Call("path_open", 3, 0, 2000, name, 0, 0, 0, 0, Bad));
        Assert.Equal(Errno.Fault, guest.Call("path_filestat_get", 3, 0, 2000, name, Bad));
        Assert.Equal(Errno.Fault, guest.Call("path_unlink_file", 3, 2000, 0xFFFFFFFF));
        Assert.Equal(Errno.Fault, guest.Call("poll_oneoff", Bad, 0, 1, 200));
        Assert.Equal(Errno.Fault, guest.Call("poll_oneoff", 0, Bad, 1, 200));
        Assert.Equal("content", File.ReadAllText(directory["file"]));
    }

    [Theory]
    [InlineData("fd_read", 0)]
    [InlineData("fd_write", 1)]
    public void Transfer_TooManyOrTooLongBuffers_IsInvalid(string function, int number)
    {
        using var guest = new AbiGuest(new WasiOptions());
        guest.PutBuffers(0, 0, 0xFFFFFFFF, 0, 0xFFFFFFFF);

        Assert.Equal(Errno.Invalid, guest.Call(function, number, 0, 2, 200));
        Assert.Equal(Errno.Invalid, guest.Call(function, number, 0, 1025, 200));
        Assert.Equal(Errno.Invalid, guest.Call(function, number, 0, 0xFFFFFFFF, 200));
        Assert.Equal(Errno.Success, guest.Call(function, number, 0, 0, 200));
    }

    [Fact]
    public void Poll_NoOrTooManySubscriptions_IsInvalid()
    {
        using var guest = new AbiGuest(new WasiOptions { Capabilities = Guest.Capabilities });

        Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 0, 0, 200));
        Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 0, 0x10000000, 200));
        Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 0, 0xFFFFFFFF, 200));
    }

    [Fact]
    public void Records_Written_HaveNoByteOfTheHostInTheirPadding()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["f"], "content");
        using var guest = new AbiGuest(Options(directory));
        Assert.Equal(Errno.Success, guest.Open("f", 0, out var file));

        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", file, 8000));
        Assert.Equal([0], guest.Memory.ReadBytes(8001, 1));
        Assert.Equal(new byte[4], guest.Memory.ReadBytes(8004, 4));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(8024, 1));

        Assert.Equal(Errno.Success, guest.Call("fd_filestat_get", file, 8100));
        Assert.Equal(new byte[7], guest.Memory.ReadBytes(8117, 7));
        Assert.Equal(7UL, guest.Memory.Read<ulong>(8132));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(8164, 1));

        Assert.Equal(Errno.Success, guest.Call("fd_prestat_get", 3, 8200));
        Assert.Equal(new byte[] { 0, 0, 0, 0, 5, 0, 0, 0, AbiGuest.Canary }, guest.Memory.ReadBytes(8200, 9));

        Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 8300, 1000, 0, 200));
        Assert.Equal(new byte[3], guest.Memory.ReadBytes(8321, 3));
        var used = guest.Memory.Read<uint>(200);
        Assert.Equal(3 * 24 + 1 + 2 + 1U, used);
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(8300 + used, 1));
    }

    private static WasiOptions Options(TemporaryDirectory directory) => new()
    {
        ProgramName = "a",
        Capabilities = Guest.Capabilities.With(
            new ArgumentGrant("b"), new EnvironmentGrant("c", "d"), new DirectoryGrant(directory.Path, "/data")),
        RealRandom = span => span.Fill(1),
    };
}
