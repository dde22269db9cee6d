using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>Single files, and the root in which guests look for what they were not granted.</summary>
public sealed class FileGrantTests : IDisposable
{
    private const long Read = 1 << 1, Write = 1 << 6, Status = 1 << 18, Unlink = 1 << 26;
    private readonly TemporaryDirectory host = new();
    private readonly MemorySink sink = new();
    private readonly AuditTrail trail;

    public FileGrantTests() => trail = new AuditTrail([sink]);

    public void Dispose()
    {
        trail.Dispose();
        host.Dispose();
    }

    [Fact]
    public void PathOpen_GrantedFile_IsAllowedByItsGrant()
    {
        File.WriteAllText(host["app.json"], "settings");
        var grant = new FileGrant(host["app.json"], "/etc/app.json");
        using (var guest = new AbiGuest(Options(grant)))
        {
            Assert.Equal(Errno.Success, guest.Open("etc/app.json", 0, out var number, Read));
            guest.PutBuffers(0, 100, 20);
            Assert.Equal(Errno.Success, guest.Call("fd_read", number, 0, 1, 200));
            Assert.Equal("settings", guest.Memory.ReadUtf8(100, (int)guest.Memory.Read<uint>(200)));
            Assert.NotEqual(Errno.Success, guest.Open("etc/app.json", 0, out _, Read | Write));
        }

        trail.Dispose();
        Assert.Equal(grant.Rule, sink.Events.First(item => item.Allowed && item.Resource == "/etc/app.json").Rule);
        var denied = sink.Events.Single(item => !item.Allowed);
        Assert.Equal((grant with { Access = DirectoryAccess.Read | DirectoryAccess.Write }).Rule, denied.Remedy);
    }

    [Fact]
    public void PathOpen_NothingGranted_IsNotFoundAndOnRecord()
    {
        using (var guest = new AbiGuest(Options()))
        {
            Assert.Equal(Errno.NotFound, guest.Open("etc/passwd", 0, out _, Read));
            Assert.Equal(Errno.Success, guest.Open(".", 0, out _, Read));
            Assert.Equal(Errno.Success, guest.Call("fd_filestat_get", 3, 8000));
            Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 8000, 100, 0, 200));
            Assert.Equal(Errno.Permission, guest.Open("/etc/passwd", 0, out _, Read));
            Assert.Equal(Errno.Permission, guest.Open("../etc/passwd", 0, out _, Read));
        }

        trail.Dispose();
        var denied = sink.Events.Where(item => !item.Allowed).ToList();
        Assert.Equal(3, denied.Count);
        Assert.Equal("/etc/passwd", denied[0].Resource);
        Assert.Equal("--dir /etc:ro", denied[0].Remedy);
    }

    [Fact]
    public void PathOpen_CreateAndTruncate_NeedsOnlyWritingOfAFileThatIsThere()
    {
        const int create = 1, truncate = 8;
        File.WriteAllText(host["log"], "old");
        using (var guest = new AbiGuest(Options(new FileGrant(host["log"], "/log") { Access = FileGrant.AllAccess })))
        {
            Assert.Equal(Errno.Success, guest.Open("log", create | truncate, out _, Write));
            Assert.Equal(Errno.NotFound, guest.Open("var/new", create, out _, Write));
            File.Delete(host["log"]);
            Assert.Equal(Errno.NotFound, guest.Open("log", create, out _, Write));
        }

        trail.Dispose();
        Assert.False(File.Exists(host["log"]));
        Assert.Equal("--dir /var:read,write,create", sink.Events.Single(item => !item.Allowed).Remedy);
    }

    [Fact]
    public void Preopens_WitnessOff_AreThoseThatWereGranted()
    {
        using var guest = new AbiGuest(Options() with { RootWitness = false });

        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", 3, 200));
    }

    [Fact]
    public void PathOpen_GrantedDirectoryThroughTheRoot_KeepsItsGrant()
    {
        Directory.CreateDirectory(host["data"]);
        File.WriteAllText(host["data/a"], "");
        using var guest = new AbiGuest(
            Options(new DirectoryGrant(host["data"], "/data") { Access = DirectoryAccess.Read }));
        guest.Put(1000, "data");

        // Descriptor 3 is the directory itself, 4 the root.
        Assert.Equal(Errno.Success, guest.Call("path_open", 4, 0, 1000, 4, 2, Read | Status | Unlink, -1, 0, 900));
        var directory = (int)guest.Memory.Read<uint>(900);
        guest.Put(1000, "a");
        Assert.Equal(Errno.Success, guest.Call("path_filestat_get", directory, 0, 1000, 1, 8000));
        Assert.Equal(Errno.ReadOnly, guest.Call("path_unlink_file", directory, 1000, 1));
    }

    private WasiOptions Options(params Grant[] grants) =>
        new() { Capabilities = Guest.Capabilities.With(grants), Audit = trail };
}
