using Coffer.Capabilities;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// The way of every function to a decision: what it is about to do becomes a request, and how it ended becomes part of
/// the record. The only user of the gate.
/// </summary>
internal sealed class Authority(CapabilityGate gate)
{
    /// <summary>What the guest was granted.</summary>
    public CapabilitySet Capabilities => gate.Capabilities;

    /// <summary>Decides about something below a directory.</summary>
    /// <param name="operation">The function.</param>
    /// <param name="entry">The directory that the path starts from.</param>
    /// <param name="path">The path.</param>
    /// <param name="access">What is to be done.</param>
    /// <param name="use">What is allowed, for <see cref="Conclude"/>.</param>
    public Errno Begin(string operation, DescriptorEntry entry, GuestPath path, DirectoryAccess access, out PathUse use)
    {
        var request = Request(operation, entry, path.Bytes, access);
        var decision = gate.Decide(in request);
        use = new PathUse(request, path, entry.Directory!, decision.Grant);
        if (decision.IsAllowed) return Errno.Success;
        return decision.Denial.Reason switch
        {
            DenialReason.NotGranted => Errno.NotFound,
            DenialReason.OutsideGrant => Errno.Permission,
            _ => DirectoryHandle.Refusal(entry.Directory!.Access),
        };
    }

    /// <summary>Records how it ended; what the guest is told.</summary>
    public Errno Conclude(in PathUse use, Errno outcome) => gate.Conclude(in use.Request, use.Rule!, outcome);

    /// <summary>Decides about a path that starts with a slash, which no directory holds.</summary>
    public Errno RefuseAbsolute(string operation, DescriptorEntry entry, GuestPath path, DirectoryAccess access)
    {
        var request = Request(operation, entry, path.Bytes, access);
        return gate.Conclude(in request, entry.Grant!, Errno.Escape);
    }

    /// <summary>Decides about something to be done through a descriptor itself, beyond what it was opened for.</summary>
    public Errno Check(string operation, DescriptorEntry entry, DirectoryAccess access)
    {
        // A stream or a socket has no grant of files: what it cannot do, it refuses itself.
        if (entry.File is PositionlessHandle) return Errno.Success;
        if (gate.Allows(Request(operation, entry, [], access))) return Errno.Success;
        return DirectoryHandle.Refusal(entry.File?.Access ?? entry.Directory!.Access);
    }

    /// <summary>Decides about something that has a name and no handle.</summary>
    public bool Allows(CapabilityKind kind, string operation, string name) =>
        gate.Allows(new AccessRequest { Kind = kind, Operation = operation, Name = name });

    /// <summary>Records one of the things that a guest gets all at once, because it asks for no single one.</summary>
    public void Use(string operation, Grant grant, string name) =>
        gate.Allows(new AccessRequest { Kind = grant.Kind, Operation = operation, Through = grant, Name = name });

    /// <summary>Whether a connection may be accepted through a listening socket, and from whom it came.</summary>
    public bool AllowsAccept(DescriptorEntry entry, string peer) => entry.Grant is null
        || gate.Allows(new AccessRequest
        {
            Kind = CapabilityKind.TcpListen,
            Operation = "sock_accept",
            Through = entry.Grant,
            Name = peer,
        });

    /// <summary>Records that a quota ended what a guest wanted to do with a descriptor, or without one.</summary>
    public void RecordQuota(string key, Quotas quotas, string operation, DescriptorEntry? entry)
    {
        var quota = Quotas.Syntax.First(row => row.ManifestKey == key);
        var request = entry is null
            ? new AccessRequest { Kind = CapabilityKind.Directory, Operation = operation, Name = key }
            : Request(operation, entry, [], default);
        gate.RecordQuota(in request, quota, quotas);
    }

    private static AccessRequest Request(
        string operation, DescriptorEntry entry, ReadOnlySpan<byte> path, DirectoryAccess access) => new()
        {
            Kind = CapabilityKind.Directory,
            Operation = operation,
            Through = entry.Grant,
            Access = access,
            Base = entry.GuestPath,
            Path = path,
        };
}

/// <summary>A path that may be used: the directory it starts from, and the request that was allowed.</summary>
internal readonly ref struct PathUse(AccessRequest request, GuestPath path, DirectoryHandle directory, Grant? rule)
{
    /// <summary>What was asked.</summary>
    public readonly AccessRequest Request = request;

    /// <summary>The path.</summary>
    public readonly GuestPath Path = path;

    /// <summary>The directory.</summary>
    public readonly DirectoryHandle Directory = directory;

    /// <summary>The grant that allows it; null when it is denied.</summary>
    public readonly Grant? Rule = rule;
}
