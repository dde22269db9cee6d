using Coffer.Capabilities.Grants;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>A granted directory.</summary>
/// <param name="Name">How the guest knows it.</param>
/// <param name="Root">What is in it.</param>
/// <param name="Access">What may be done in it.</param>
/// <param name="Device">Between different devices nothing is renamed or linked.</param>
internal sealed record ModelGrant(string Name, ModelNode Root, DirectoryAccess Access, int Device);

/// <summary>An open descriptor of the model; a standard stream has neither a node nor a grant.</summary>
internal sealed class ModelDescriptor
{
    public ModelNode? Node { get; init; }

    public ModelGrant? Grant { get; init; }

    public bool IsPreopened { get; init; }

    public bool IsFolder => Node?.Kind == NodeKind.Folder;

    public ulong Rights { get; set; }

    public ulong Inheriting { get; set; }

    public int Flags { get; set; }

    public long Position { get; set; }

    public bool Appends => (Flags & 1) != 0;

    public bool Has(ulong rights) => (Rights & rights) == rights;
}
