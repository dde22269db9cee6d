using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>What a guest may use up, and what it is told when it has.</summary>
public sealed class QuotaTests
{
    private const int Create = 1;

    [Fact]
    public void Output_BeyondTheQuota_IsCutRefusedAndRecordedOnce()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var output = new MemoryStream();
        using var guest = new AbiGuest(new WasiOptions
        {
            StandardOutput = output,
            StandardError = output,
            Audit = trail,
            Quotas = Quotas.Default with { OutputBytes = 10 },
        });
        guest.Put(100, "12345678");
        guest.PutBuffers(0, 100, 8);

        Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 1, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_write", 2, 0, 1, 200));
        Assert.Equal(2U, guest.Memory.Read<uint>(200));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_write", 1, 0, 1, 200));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_write", 2, 0, 1, 200));

        Assert.Equal("1234567812", Encoding.UTF8.GetString(output.ToArray()));
        trail.Flush();
        var audited = Assert.Single(sink.Events, audited => !audited.Allowed);
        Assert.Equal(("quotas", "--max-output-bytes", "quotas.outputBytes"), (audited.Kind, audited.Remedy, audited.RemedyManifestPath));
        Assert.Contains("10", audited.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void WrittenBytes_WritesAndGrowth_CountTogether()
    {
        using var directory = new TemporaryDirectory();
        using var guest = new AbiGuest(new WasiOptions
        {
            Capabilities = Guest.Capabilities.With(new DirectoryGrant(directory.Path, "/")),
            Quotas = Quotas.Default with { WrittenBytes = 20 },
        });
        guest.Put(100, "12345678");
        guest.PutBuffers(0, 100, 8);
        Assert.Equal(Errno.Success, guest.Open("a", Create, out var file));

        Assert.Equal(Errno.Success, guest.Call("fd_write", file, 0, 1, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_pwrite", file, 0, 1, 0, 200));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_filestat_set_size", file, 1 << 20));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_allocate", file, 0, 1 << 20));
        Assert.Equal(Errno.Success, guest.Call("fd_filestat_set_size", file, 10));
        Assert.Equal(Errno.Success, guest.Call("fd_pwrite", file, 0, 1, 0, 200));
        Assert.Equal(2U, guest.Memory.Read<uint>(200));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_pwrite", file, 0, 1, 0, 200));
        Assert.Equal(10, new FileInfo(directory["a"]).Length);
    }

    [Fact]
    public void IovecsAndSubscriptions_BeyondTheQuota_AreInvalid()
    {
        using var guest = new AbiGuest(new WasiOptions
        {
            Quotas = Quotas.Default with { Iovecs = 2, Subscriptions = 1 },
        });
        guest.Memory.GetSpan(0, 96).Clear();

        Assert.Equal(Errno.Success, guest.Call("fd_write", 1, 0, 2, 200));
        Assert.Equal(Errno.Invalid, guest.Call("fd_write", 1, 0, 3, 200));
        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));
        Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 1000, 2, 200));
    }
}
