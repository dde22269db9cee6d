using System.Diagnostics;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests;

public sealed class CapabilityGateTests
{
    private static readonly DirectoryGrant Data = new("/srv/data", "/data") { Access = DirectoryAccess.Read };
    private static readonly CapabilitySet Capabilities = new(Data);

    [Fact]
    public void DecideAndConclude_NoTrail_AllocatesNothing()
    {
        var gate = Gate(null);
        Use(gate, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use(gate, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Decide_Allowed_DoesNotAskWhereTheGuestIs()
    {
        var asked = 0;
        using var trail = new AuditTrail([new MemorySink()]);
        var gate = Gate(trail);
        gate.Backtrace = () =>
        {
            asked++;
            return [.. Enumerable.Range(0, 100).Select(frame => $"f{frame}")];
        };
        Use(gate, 10);
        Assert.Equal(0, asked);
        gate.Decide(Request(DirectoryAccess.Write));
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Decide_Denied_RecordsAtMostThirtyTwoFrames()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        var gate = Gate(trail);
        gate.Backtrace = () => [.. Enumerable.Range(0, 100).Select(frame => $"f{frame}")];
        gate.Decide(Request(DirectoryAccess.Write));
        trail.Flush();
        var denied = Assert.Single(sink.Events);
        Assert.Equal(32, denied.Backtrace.Count);
        Assert.Equal("f0", denied.Backtrace[0]);
        Assert.Equal("/data/a", denied.Resource);
        Assert.Equal("/srv/data/a", denied.HostResource);
    }

    [Fact]
    public void Decide_WithinAnActivity_RecordsIt()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        Gate(trail).Decide(Request(DirectoryAccess.Write));
        trail.Flush();
        Assert.Equal(activity.Id, Assert.Single(sink.Events).TraceParent);
    }

    [Fact]
    public void Decide_StrictTrailThatFailed_StopsTheGuest()
    {
        var trail = new AuditTrail([new MemorySink()], new AuditOptions { IsStrict = true });
        trail.Dispose();
        Assert.Throws<AuditException>(() => { Gate(trail).Decide(Request(DirectoryAccess.Write)); });
        Assert.Throws<AuditException>(() => Use(Gate(trail), 1));
    }

    private static CapabilityGate Gate(AuditTrail? trail) =>
        new(Capabilities, trail, "1", "app.wasm", TimeProvider.System);

    private static AccessRequest Request(DirectoryAccess access) => new()
    {
        Kind = CapabilityKind.Directory,
        Operation = "path_open",
        Through = Data,
        Access = access,
        Base = "/data"u8,
        Path = "a"u8,
    };

    private static void Use(CapabilityGate gate, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var request = Request(DirectoryAccess.Read);
            var decision = gate.Decide(in request);
            gate.Conclude(in request, decision.Grant!, Errno.Success);
        }
    }
}
