using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>Every operation is on record under the path that the guest gave, whatever was done with it meanwhile.</summary>
public sealed class RecordedPathTests : IDisposable
{
    private const int First = 1000, Second = 6000;
    private readonly GuestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Operation_OnANestedPath_IsRecordedUnderIt(DirectorySource source, bool walks)
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var guest = folder.Start(source, walks, options: new WasiOptions { Audit = trail });
        trail.Flush();
        var before = sink.Events.Count;

        Assert.Equal(Errno.Success, guest.Call("path_create_directory", 3, First, guest.Put(First, "folder/made//")));
        Assert.Equal(Errno.Success, guest.Call(
            "path_symlink", First, guest.Put(First, "made"), 3, Second, guest.Put(Second, "folder/link")));
        Assert.Equal(Errno.Success, guest.Call(
            "path_readlink", 3, First, guest.Put(First, "folder/link"), 9000, 100, 200));
        Assert.Equal(Errno.Success, guest.Call(
            "path_rename", 3, First, guest.Put(First, "folder/link"), 3, Second, guest.Put(Second, "folder/moved")));
        Assert.Equal(Errno.Success, guest.Call(
            "path_link", 3, 0, First, guest.Put(First, "folder/moved"), 3, Second, guest.Put(Second, "folder/other")));
        Assert.Equal(Errno.Success, guest.Call("path_unlink_file", 3, First, guest.Put(First, "folder/other")));
        Assert.Equal(Errno.Success, guest.Call("path_remove_directory", 3, First, guest.Put(First, "folder/made/")));

        trail.Flush();
        var resources = sink.Events.Skip(before).Select(item => item.Resource).ToList();
        Assert.All(resources, resource => Assert.StartsWith("/data/folder/", resource, StringComparison.Ordinal));
        Assert.All(resources, resource => Assert.DoesNotContain('\0', resource));
        Assert.Equal(9, resources.Count);
        Assert.Equal("/data/folder/made//", resources[0]);
    }
}
