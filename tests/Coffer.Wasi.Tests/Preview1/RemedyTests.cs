using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>What would have allowed something does allow it: nobody has to grant twice.</summary>
public sealed class RemedyTests : IDisposable
{
    private const int Create = 1, Exclusive = 4, Truncate = 8;
    private const long Read = 1 << 1, Write = 1 << 6;
    private readonly TemporaryDirectory host = new();

    public RemedyTests() => File.WriteAllText(host["there"], "content");

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("missing", Create, Write, "read,write,create")]
    [InlineData("missing", Create, Read | Write, "read,write,create")]
    [InlineData("missing", Create, Read, "read,create")]
    [InlineData("missing", Create | Truncate, Write, "read,write,create")]
    [InlineData("missing", Create | Exclusive, Write, "read,write,create")]
    [InlineData("there", Create, Write, "read,write")]
    [InlineData("there", Create | Truncate, Read, "read,write")]
    [InlineData("there", 0, Write, "read,write")]
    public void PathOpen_ReadOnlyDirectory_RemedySuffices(string path, int flags, long rights, string options)
    {
        var (error, remedy) = Try(
            new DirectoryGrant(host.Path, "/data") { Access = DirectoryAccess.Read }, guest => guest.Open(path, flags, out _, rights));
        Assert.Equal(Errno.ReadOnly, error);
        Assert.Equal($"--dir {host.Path}::/data:{options}", remedy);

        Assert.Equal((Errno.Success, null), Try(Parse(remedy), guest => guest.Open(path, flags, out _, rights)));
    }

    [Fact]
    public void PathOpen_ReadOnlyFile_RemedySuffices()
    {
        var (error, remedy) = Try(
            new FileGrant(host["there"], "/etc/there"), guest => guest.Open("etc/there", Create | Truncate, out _, Write));
        Assert.NotEqual(Errno.Success, error);
        Assert.Equal($"--file {host["there"]}::/etc/there:read,write", remedy);

        Assert.Equal(
            (Errno.Success, null), Try(Parse(remedy), guest => guest.Open("etc/there", Create | Truncate, out _, Write)));
    }

    [Theory]
    [InlineData(DirectoryAccess.Read)]
    [InlineData(DirectoryAccess.Read | DirectoryAccess.Delete)]
    [InlineData(DirectoryAccess.Create)]
    public void PathRename_OneDirectory_RemedySuffices(DirectoryAccess access)
    {
        var (error, remedy) = Try(new DirectoryGrant(host.Path, "/data") { Access = access }, Rename);
        Assert.NotEqual(Errno.Success, error);

        Assert.Equal((Errno.Success, null), Try(Parse(remedy), Rename));

        static Errno Rename(AbiGuest guest) =>
            guest.Call("path_rename", 3, 1000, guest.Put(1000, "there"), 3, 2000, guest.Put(2000, "elsewhere"));
    }

    private static Grant Parse(string? remedy)
    {
        Assert.NotNull(remedy);
        var parts = remedy.Split(' ', 2);
        return GrantSyntax.All.First(syntax => syntax.Option == parts[0]).Parse(parts[1]);
    }

    private static (Errno Error, string? Remedy) Try(Grant grant, Func<AbiGuest, Errno> ask)
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var guest = new AbiGuest(new WasiOptions { Capabilities = Guest.Capabilities.With(grant), Audit = trail });
        var error = ask(guest);
        trail.Flush();
        return (error, sink.Events.SingleOrDefault(item => !item.Allowed)?.Remedy);
    }
}
