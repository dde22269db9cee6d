namespace Coffer.Capabilities.Grants;

/// <summary>A single file. Its text is <c>HOST[::GUEST][:OPTIONS]</c>; only reading when nothing is said.</summary>
/// <param name="HostPath">Where it is on the host. The guest never learns it.</param>
/// <param name="GuestPath">The name the guest knows it by, such as <c>/etc/app.json</c>.</param>
public sealed record FileGrant(string HostPath, string GuestPath) : Grant
{
    /// <summary>All that can be granted of a file.</summary>
    public const DirectoryAccess AllAccess = DirectoryAccess.Read | DirectoryAccess.Write | DirectoryAccess.Metadata;

    /// <summary>What may be done with it.</summary>
    public DirectoryAccess Access { get; init; } = DirectoryAccess.Read;

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.File;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => DirectorySyntax.Format(this);

    internal override Grant? Intersect(Grant other)
    {
        if (other is not FileGrant file || file.HostPath != HostPath || file.GuestPath != GuestPath) return null;
        var access = Access & file.Access;
        return access == DirectoryAccess.None ? null : this with { Access = access };
    }
}
