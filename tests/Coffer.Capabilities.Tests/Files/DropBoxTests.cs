using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>A directory into which a guest may put files, and see nothing.</summary>
public sealed class DropBoxTests : IDisposable
{
    private readonly TemporaryDirectory host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData(DirectorySource.Host)]
    [InlineData(DirectorySource.Overlay)]
    [InlineData(DirectorySource.Memory)]
    public void WriteAndCreate_WithoutRead_WritesAndShowsNothing(DirectorySource source)
    {
        File.WriteAllText(host["there"], "content");
        var grant = new DirectoryGrant(source == DirectorySource.Memory ? "" : host.Path, "/box")
        {
            Source = source,
            Access = DirectoryAccess.Write | DirectoryAccess.Create,
        };
        using var root = HostDirectory.Open(grant, null);
        var putting = new OpenRequest { Write = true, Create = true, Exclusive = true };

        using (var file = root.OpenFile("new", putting))
        {
            Assert.Equal(Errno.Success, file.Write("put"u8, out _));
            Assert.Equal(Errno.Access, file.Read(new byte[3], out _));
            Assert.Equal(Errno.Access, file.ReadAt(new byte[3], 0, out _));
            Assert.Equal(Errno.Success, file.GetStatus(out var status));
            Assert.Equal(3UL, status.Size);
        }

        var writer = new DirectoryEntryWriter(new byte[100]);
        Assert.Equal(Errno.Access, root.ReadEntries(0, ref writer));
        Assert.Equal(0, writer.Written);
        Assert.Equal(Errno.Access, root.GetStatus(out _));
        Assert.Equal(Errno.Access, root.Status("new", out _));
        Assert.Equal(Errno.Access, root.Try("new", Handles.Reading));
        Assert.Equal(Errno.Access, root.Try(".", new OpenRequest { Directory = true }));
        Assert.Equal(Errno.Access, root.Unlink("new"));
        Assert.Equal(Errno.Access, root.Rename("new", "other"));
        Assert.Equal(Errno.Access, root.HardLink("new", "other"));
        if (source == DirectorySource.Host) Assert.Equal("put", File.ReadAllText(host["new"]));
    }

    [Theory]
    [InlineData(false, false, false, DirectoryAccess.Read)]
    [InlineData(true, false, false, DirectoryAccess.Read)]
    [InlineData(false, true, false, DirectoryAccess.Write)]
    [InlineData(true, true, false, DirectoryAccess.Read | DirectoryAccess.Write)]
    [InlineData(false, true, true, DirectoryAccess.Write | DirectoryAccess.Create)]
    [InlineData(false, false, true, DirectoryAccess.Create)]
    public void OpenRequest_Access_IsWhatItDoes(bool read, bool write, bool create, DirectoryAccess expected)
    {
        Assert.Equal(expected, new OpenRequest { Read = read, Write = write, Create = create }.Access);
    }
}
