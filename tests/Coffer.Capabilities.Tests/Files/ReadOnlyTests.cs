using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>A grant for reading only.</summary>
public sealed class ReadOnlyTests
{
    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void AnyChange_ReadOnlyGrant_IsRefusedAndNothingChanges(Resolution resolution)
    {
        using var tree = new Tree(resolution, DirectoryAccess.Read);
        using var writable = tree.Open(resolution, "root", DirectoryAccess.All);
        var before = tree.Inside();

        Assert.Equal(Errno.ReadOnly, tree.Open("file", new OpenRequest { Read = true, Write = true }, out _));
        Assert.Equal(Errno.ReadOnly, tree.Open("file", new OpenRequest { Read = true, Truncate = true }, out _));
        Assert.Equal(Errno.ReadOnly, tree.Open("file", new OpenRequest { Read = true, Append = true }, out _));
        Assert.Equal(Errno.ReadOnly, tree.Open("new", new OpenRequest { Read = true, Create = true }, out _));
        Assert.Equal(Errno.ReadOnly, tree.CreateDirectory("new"));
        Assert.Equal(Errno.ReadOnly, tree.RemoveDirectory("sub/deep"));
        Assert.Equal(Errno.ReadOnly, tree.Unlink("file"));
        Assert.Equal(Errno.ReadOnly, tree.Symlink("file", "new"));
        Assert.Equal(Errno.ReadOnly, tree.SetTimes("file", follow: true));
        Assert.Equal(Errno.ReadOnly, tree.Root.SetTimes(new FileTimes(TimeChange.Now, 0, TimeChange.Now, 0)));
        Assert.Equal(Errno.ReadOnly, tree.Rename("file", writable, "new"));
        Assert.Equal(Errno.ReadOnly, tree.HardLink("file", writable, "new"));
        Assert.Equal(before, tree.Inside());
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void RenameAndLink_IntoAReadOnlyGrant_AreRefused(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        using var readOnly = tree.Open(resolution, "root", DirectoryAccess.Read);
        var before = tree.Inside();

        Assert.Equal(Errno.ReadOnly, tree.Rename("file", readOnly, "new"));
        Assert.Equal(Errno.ReadOnly, tree.HardLink("file", readOnly, "new"));
        Assert.Equal(before, tree.Inside());
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void OpenFile_ReadOnlyGrant_CannotBeChangedThroughItsHandle(Resolution resolution)
    {
        using var tree = new Tree(resolution, DirectoryAccess.Read);
        var before = tree.Inside();
        Assert.Equal(Errno.Success, GuestPath.TryCopy("file"u8, new byte[GuestPath.Capacity], out var path));
        Assert.Equal(Errno.Success, tree.Root.Open(path, new OpenRequest { Read = true }, out var file, out _));
        using (file)
        {
            Assert.Equal(Errno.ReadOnly, file!.Write("x"u8, out _));
            Assert.Equal(Errno.ReadOnly, file.WriteAt("x"u8, 0, out _));
            Assert.Equal(Errno.ReadOnly, file.SetLength(0));
            Assert.Equal(Errno.ReadOnly, file.Allocate(0, 100));
            Assert.Equal(Errno.ReadOnly, file.SetTimes(new FileTimes(TimeChange.Now, 0, TimeChange.Now, 0)));
        }

        Assert.Equal(before, tree.Inside());
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void Subdirectory_OfAReadOnlyGrant_IsReadOnly(Resolution resolution)
    {
        using var tree = new Tree(resolution, DirectoryAccess.Read);
        Assert.Equal(Errno.Success, GuestPath.TryCopy("sub"u8, new byte[GuestPath.Capacity], out var path));
        var request = new OpenRequest { Read = true, Directory = true };
        Assert.Equal(Errno.Success, tree.Root.Open(path, request, out _, out var directory));
        using (directory)
        {
            Assert.Equal(Errno.Success, GuestPath.TryCopy("new"u8, new byte[GuestPath.Capacity], out var name));
            Assert.Equal(Errno.ReadOnly, directory!.CreateDirectory(name));
        }

        Assert.False(Directory.Exists(tree.HostPath("root/sub/new")));
    }
}
