using Coffer.Capabilities.Decisions;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// A directory that the guest may use with everything below it, and nothing outside of it. Its text is
/// <c>HOST[::GUEST][:OPTIONS]</c>; see <see cref="DirectorySyntax"/>.
/// </summary>
/// <param name="HostPath">
/// Where it is on the host: a directory, for <see cref="DirectorySource.Archive"/> a file, for
/// <see cref="DirectorySource.Memory"/> empty. The guest never learns it.
/// </param>
/// <param name="GuestPath">The name the guest knows it by, such as <c>/</c> or <c>/data</c>.</param>
public sealed record DirectoryGrant(string HostPath, string GuestPath) : Grant
{
    /// <summary>What may be done in it.</summary>
    public DirectoryAccess Access { get; init; } = DirectoryAccess.All;

    /// <summary>Where its content is.</summary>
    public DirectorySource Source { get; init; }

    /// <summary>
    /// The bytes that the guest may write. On the host: altogether, what it overwrites or removes does not come back,
    /// and a gap that it leaves counts as written; null for any number. In memory, and for the changes to an overlay:
    /// at a time; null for 64 MiB.
    /// </summary>
    public long? MaximumBytes { get; init; }

    /// <summary>
    /// The files, directories and links that the guest may make. On the host: altogether; null for any number. In
    /// memory, and for the changes to an overlay: at a time; null for 65536.
    /// </summary>
    public long? MaximumFiles { get; init; }

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.Directory;

    /// <summary>Whether paths are walked even where the kernel resolves them, for tests of the walk.</summary>
    internal bool WalksPaths { get; init; }

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => DirectorySyntax.Format(this);

    /// <summary>Whether a path of the guest, however it is written, is the directory itself.</summary>
    internal bool IsAt(string path) => GuestPaths.Normalize(path) == GuestPaths.Normalize(GuestPath);

    internal override Grant? Intersect(Grant other)
    {
        if (other is not DirectoryGrant directory || directory.HostPath != HostPath || directory.GuestPath != GuestPath
            || directory.Source != Source)
        {
            return null;
        }

        var access = Access & directory.Access;
        return access == DirectoryAccess.None ? null : this with
        {
            Access = access,
            MaximumBytes = Least(MaximumBytes, directory.MaximumBytes),
            MaximumFiles = Least(MaximumFiles, directory.MaximumFiles),
        };
    }

    private static long? Least(long? first, long? second) =>
        first is { } one && second is { } other ? Math.Min(one, other) : first ?? second;
}
