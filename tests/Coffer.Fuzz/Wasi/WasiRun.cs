using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Fuzz.Wasi.Model;

namespace Coffer.Fuzz.Wasi;

/// <summary>What the granted directories of a guest are made of.</summary>
internal enum Backing
{
    Host,
    /// <summary>Folders of the host, where the kernel cannot resolve paths below a folder.</summary>
    WalkedHost,
    /// <summary>Folders of the host with bounds that are never reached, but counted, and with a record of what is decided.</summary>
    BoundedHost,
    Memory,
    Overlay,
}

/// <summary>One sequence of calls of one guest, beside the model.</summary>
internal sealed class WasiRun(HostFolders folders, Backing backing)
{
    private const long NeverReached = 1L << 50;
    private readonly byte[] secret = Encoding.ASCII.GetBytes(folders.Secret);
    private readonly byte[] before = new byte[WasiSandbox.MemoryBytes], after = new byte[WasiSandbox.MemoryBytes];
    private readonly ModelNode first = SeedTree.Model(), second = SeedTree.Model();

    /// <summary>How many calls ended with success.</summary>
    public int Succeeded { get; private set; }

    /// <summary>The model of a guest with its grants, before the first call.</summary>
    public static WasiModel Model(Backing backing, ModelNode first, ModelNode second) => new(
        new ModelGrant("/one", first, DirectoryAccess.All, 1),
        new ModelGrant("/two", SeedTree.Model(), DirectoryAccess.Read, 2),
        // Trees in memory are file systems of their own; folders of one host are not.
        new ModelGrant("/three", second, DirectoryAccess.All, IsHost(backing) ? 1 : 3));

    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Run(IReadOnlyList<WasiCall> calls)
    {
        if (IsHost(backing)) folders.Renew();
        var opened = folders.OpenDescriptors();
        using var record = backing == Backing.BoundedHost ? new CheckedRecord() : null;
        var wrong = Call(calls, record?.Trail, out var isComplete) ?? record?.Damage() ?? folders.Damage();
        if (wrong is null && isComplete && IsHost(backing))
        {
            wrong = folders.Differs("first", first) ?? folders.Differs("second", second);
        }

        var left = folders.OpenDescriptors() - opened;
        return wrong ?? (left == 0 ? null : $"{left} descriptors of the host were left open");
    }

    private static bool IsHost(Backing backing) => backing is Backing.Host or Backing.WalkedHost or Backing.BoundedHost;

    private string? Call(IReadOnlyList<WasiCall> calls, AuditTrail? trail, out bool isComplete)
    {
        isComplete = false;
        using var sandbox = new WasiSandbox(
            backing == Backing.BoundedHost ? Quotas.Default with { WrittenBytes = NeverReached } : Quotas.Default,
            trail,
            Grant("first", "/one"),
            ReadOnlyGrant(),
            Grant("second", "/three"));
        if (backing == Backing.Memory)
        {
            SeedTree.AddTo(sandbox, 3);
            SeedTree.AddTo(sandbox, 5);
        }

        var model = Model(backing, first, second);
        for (var i = 0; i < calls.Count; i++)
        {
            var wrong = Call(sandbox, model, calls[i], out var isLast);
            if (wrong is not null) return $"call {i}, {calls[i]}: {wrong}";
            if (isLast) return null;
        }

        isComplete = true;
        return null;
    }

    private string? Call(WasiSandbox sandbox, WasiModel model, WasiCall call, out bool isLast)
    {
        isLast = false;
        sandbox.Put(call);
        sandbox.CopyTo(before);
        Errno actual;
        try
        {
            actual = sandbox.Call(call);
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }

        if (actual == Errno.Success) Succeeded++;
        sandbox.CopyTo(after);
        if (after.AsSpan().IndexOf(secret) >= 0) return "a path of the host is in the memory of the guest";
        var expected = model.Do(call, before, actual);
        isLast = expected.EndsSequence;
        return expected.Differs(actual, before, after);
    }

    // What is only read may be an archive as well.
    private DirectoryGrant ReadOnlyGrant() => backing == Backing.Memory
        ? new DirectoryGrant(folders.Archive, "/two") { Source = DirectorySource.Archive, Access = DirectoryAccess.Read }
        : new DirectoryGrant(folders.Of("readonly"), "/two") { Access = DirectoryAccess.Read };

    private DirectoryGrant Grant(string name, string guestPath) => backing switch
    {
        Backing.Host => new DirectoryGrant(folders.Of(name), guestPath),
        Backing.WalkedHost => new DirectoryGrant(folders.Of(name), guestPath) { WalksPaths = true },
        Backing.BoundedHost => new DirectoryGrant(folders.Of(name), guestPath)
        {
            MaximumBytes = NeverReached,
            MaximumFiles = NeverReached,
        },
        Backing.Memory => new DirectoryGrant("", guestPath) { Source = DirectorySource.Memory },
        _ => new DirectoryGrant(folders.Of("base"), guestPath) { Source = DirectorySource.Overlay },
    };
}
