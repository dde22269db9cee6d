using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi.Tests.Preview1;

namespace Coffer.Wasi.Tests.Traps;

/// <summary>What a read-only directory and given-up rights refuse, each operation by itself.</summary>
public sealed class RightsTrapTests : IDisposable
{
    private const int Create = 1, Exclusive = 4, Truncate = 8;
    private const int First = 1000, Second = 6000;
    private const long Read = 1 << 1, Seek = 1 << 2, Tell = 1 << 5, Write = 1 << 6, Metadata = 1 << 23;
    private readonly GuestFolder folder = new();

    public void Dispose() => folder.Dispose();

    // A directory in memory that is only read is empty.
    [Theory]
    [InlineData(DirectorySource.Host, false)]
    [InlineData(DirectorySource.Host, true)]
    [InlineData(DirectorySource.Overlay, false)]
    public void ReadOnlyDirectory_EveryChange_IsRefused(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks, DirectoryAccess.Read);
        var file = guest.Put(First, "file");
        var made = guest.Put(Second, "new");

        Assert.Equal(Errno.ReadOnly, guest.Open("file", Truncate, out _, Read));
        Assert.Equal(Errno.ReadOnly, guest.Open("file", 0, out _, Write));
        Assert.Equal(Errno.ReadOnly, guest.Open("new", Create, out _, Read));
        Assert.Equal(Errno.ReadOnly, guest.Open("new", Create | Exclusive, out _, Read));
        Assert.Equal(Errno.IsDirectory, guest.Open("folder", Create, out _, Read));
        guest.Put(First, "file");
        // Appending alone, without a right to write.
        Assert.Equal(Errno.ReadOnly, guest.Call("path_open", 3, 0, First, file, 0, Read, 0, 1, 900));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_link", 3, 0, First, file, 3, Second, made));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_rename", 3, First, file, 3, Second, made));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_symlink", First, file, 3, Second, made));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_create_directory", 3, Second, made));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_remove_directory", 3, First, file));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_unlink_file", 3, First, file));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_filestat_set_times", 3, 0, First, file, 1, 1, 5));
        Assert.Equal(Errno.ReadOnly, guest.Call("fd_filestat_set_times", 3, 1, 1, 5));
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var number, Read | Metadata));
        Assert.Equal(Errno.ReadOnly, guest.Call("fd_filestat_set_times", number, 1, 1, 5));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_filestat_set_size", number, 0));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_allocate", number, 0, 100));
        guest.PutBuffers(0, 9000, 10);
        Assert.Equal(Errno.NotCapable, guest.Call("fd_write", number, 0, 1, 200));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_pwrite", number, 0, 1, 0, 200));

        Assert.Equal("content", File.ReadAllText(Path.Combine(folder.Path, "file")));
        Assert.Equal(GuestFolder.Names.Order(), Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Rights_GivenUp_DoNotComeBack()
    {
        using var guest = folder.Start();
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var number, Read | Seek | Tell | Write));
        guest.PutBuffers(0, 9000, 3);

        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_rights", number, Read, 0));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_write", number, 0, 1, 200));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_seek", number, 0, 0, 200));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", number, Read | Write, 0));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", number, Read, 1));
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", number, 9100));
        Assert.Equal((ulong)Read, guest.Memory.Read<ulong>(9108));

        // What is opened through a directory has at most what that passes on.
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", 3, 9100));
        var rights = guest.Memory.Read<long>(9108);
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_rights", 3, rights, Read));
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var other, Read | Write));
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", other, 9100));
        Assert.Equal((ulong)Read, guest.Memory.Read<ulong>(9108));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_write", other, 0, 1, 200));
    }

    [Theory]
    [InlineData(0, Read)]
    [InlineData(1, Write)]
    [InlineData(2, Write)]
    public void StandardStream_HasNoPosition(int number, long has)
    {
        const long terminalAsks = Seek | Tell;
        using var guest = folder.Start();

        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_get", number, 9100));
        var rights = guest.Memory.Read<long>(9108);
        Assert.Equal(has, rights & (Read | Write));
        Assert.Equal(0, rights & terminalAsks);
        Assert.Equal(Errno.IllegalSeek, guest.Call("fd_seek", number, 0, 0, 200));
        Assert.Equal(Errno.IllegalSeek, guest.Call("fd_tell", number, 200));
    }

    [Fact]
    public void Directory_UsedAsAFile_IsRefused()
    {
        using var guest = folder.Start();
        guest.PutBuffers(0, 9000, 3);

        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_seek", 3, 0, 0, 200));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_read", 3, 0, 1, 200));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_write", 3, 0, 1, 200));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_filestat_set_size", 3, 0));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_allocate", 3, 0, 1));
        Assert.Equal(Errno.NotDirectory, guest.Call("fd_readdir", 1, 9000, 100, 0, 200));
    }
}
