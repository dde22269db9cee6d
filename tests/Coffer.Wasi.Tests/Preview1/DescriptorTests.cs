using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

public sealed class DescriptorTests
{
    private const int Create = 1, Directory = 2;

    [Fact]
    public void Renumber_ToAnotherDescriptor_ClosesItOnceAndFreesTheNumber()
    {
        using var directory = new TemporaryDirectory();
        using var guest = new AbiGuest(Options(directory));
        Assert.Equal(Errno.Success, guest.Open("a", Create, out var first));
        Assert.Equal(Errno.Success, guest.Open("b", Create, out var second));

        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_renumber", first, 77));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_renumber", 77, first));
        Assert.Equal(Errno.Success, guest.Call("fd_renumber", second, first));

        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_close", second));
        guest.Put(100, "text");
        guest.PutBuffers(0, 100, 4);
        Assert.Equal(Errno.Success, guest.Call("fd_write", first, 0, 1, 200));
        Assert.Equal("text", File.ReadAllText(directory["b"]));
        Assert.Equal(Errno.Success, guest.Open("c", Create, out var third));
        Assert.Equal(second, third);
    }

    [Fact]
    public void Open_MoreThanAllowed_ReachesTheLimit()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["a"], "");
        using var guest = new AbiGuest(Options(directory) with { Quotas = Quotas.Default with { Handles = 10 } });

        for (var i = 4; i < 10; i++) Assert.Equal(Errno.Success, guest.Open("a", 0, out _));

        Assert.Equal(Errno.DescriptorLimit, guest.Open("a", 0, out _));
        Assert.Equal(Errno.Success, guest.Call("fd_close", 7));
        Assert.Equal(Errno.Success, guest.Open("a", 0, out var number));
        Assert.Equal(7, number);
    }

    [Fact]
    public void ReadDirectory_SmallBuffer_GivesEveryEntryOnce()
    {
        using var directory = new TemporaryDirectory();
        var expected = Enumerable.Range(0, 300).Select(i => $"file-{i}").ToHashSet();
        foreach (var name in expected) File.WriteAllText(directory[name], "");
        using var guest = new AbiGuest(Options(directory));
        var found = new List<string>();
        for (long cookie = 0; ;)
        {
            Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 8000, 100, cookie, 200));
            var used = (int)guest.Memory.Read<uint>(200);
            var buffer = guest.Memory.ReadBytes(8000, used);
            for (var offset = 0; offset + 24 <= used;)
            {
                var length = BitConverter.ToInt32(buffer, offset + 16);
                if (offset + 24 + length > used) break;
                found.Add(Encoding.UTF8.GetString(buffer, offset + 24, length));
                cookie = BitConverter.ToInt64(buffer, offset);
                offset += 24 + length;
            }

            if (used < 100) break;
        }

        Assert.Equal(expected.Append(".").Append("..").Order(), found.Order());
    }

    [Fact]
    public void PathOpen_ReadOnlyDirectory_RefusesToWrite()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["a"], "content");
        using var guest = new AbiGuest(
            Options(new DirectoryGrant(directory.Path, "/") { Access = DirectoryAccess.Read }));
        const long read = 2, write = 64;

        Assert.Equal(Errno.ReadOnly, guest.Open("a", 0, out _, read | write));
        Assert.Equal(Errno.ReadOnly, guest.Open("a", 8, out _, read));
        Assert.Equal(Errno.ReadOnly, guest.Open("b", Create, out _, read));
        Assert.Equal(Errno.Success, guest.Open("a", 0, out _, read));
        Assert.Equal("content", File.ReadAllText(directory["a"]));
    }

    [Fact]
    public void PathOpen_ContradictoryFlags_AreInvalid()
    {
        using var directory = new TemporaryDirectory();
        using var guest = new AbiGuest(Options(directory));

        Assert.Equal(Errno.Invalid, guest.Open("a", Create | Directory, out _));
        Assert.Equal(Errno.Invalid, guest.Open("a", 16, out _));
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Unstable_SeekAndStatus_HaveTheirOwnNumbersAndLayout()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["a"], "content");
        using var guest = new AbiGuest(Options(directory), "wasi_unstable");
        Assert.Equal(Errno.Success, guest.Open("a", 0, out var number));

        Assert.Equal(Errno.Success, guest.Call("fd_seek", number, -2, 1, 200));
        Assert.Equal(5UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Success, guest.Call("fd_seek", number, -1, 0, 200));
        Assert.Equal(4UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Success, guest.Call("fd_seek", number, 1, 2, 200));
        Assert.Equal(1UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Success, guest.Call("fd_filestat_get", number, 8000));
        Assert.Equal(1U, guest.Memory.Read<uint>(8020));
        Assert.Equal(7UL, guest.Memory.Read<ulong>(8024));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(8056, 1));
    }

    [Fact]
    public void SocketFunctions_FileOrNothing_SayWhich()
    {
        using var guest = new AbiGuest(new WasiOptions());

        Assert.Equal(Errno.NotSocket, guest.Call("sock_shutdown", 1, 0));
        Assert.Equal(Errno.BadDescriptor, guest.Call("sock_accept", 50, 0, 0));
    }

    private static WasiOptions Options(TemporaryDirectory directory) => Options(new DirectoryGrant(directory.Path, "/"));

    private static WasiOptions Options(DirectoryGrant directory) =>
        new() { Capabilities = Guest.Capabilities.With(directory) };
}
