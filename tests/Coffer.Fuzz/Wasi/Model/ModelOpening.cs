using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What <c>path_open</c> must come to.</summary>
internal sealed class ModelOpening(WasiModel model)
{
    private const int Create = 1, Directory = 2, Exclusive = 4, Truncate = 8, AllFlags = 15;
    private const int Append = 1, AllDescriptorFlags = 31;

    public Expectation Do(WasiCall call, Mistakes mistakes)
    {
        var (flags, descriptorFlags) = (call.Number(4), call.Number(7));
        var rights = (ulong)call.Arguments[5];
        var creates = (flags & Create) != 0;
        var parent = mistakes.Folder(0, ModelRights.Open
            | (creates ? ModelRights.CreateFile : 0)
            | ((flags & Truncate) != 0 ? ModelRights.PathSetSize : 0));
        var path = mistakes.Path(2);
        mistakes.If(
            (flags & ~AllFlags) != 0 || (descriptorFlags & ~AllDescriptorFlags) != 0
            || ((flags & Directory) != 0 && (flags & (Create | Truncate)) != 0),
            Errno.Invalid);
        var result = mistakes.Output(8, 4);
        if (parent is { IsFolder: true })
        {
            var needed = Needed(flags, descriptorFlags, rights);
            var mayExist = creates && (flags & Exclusive) == 0;
            if (mayExist && (parent.Grant!.Access & DirectoryAccess.Create) == 0)
            {
                // Only a file that is missing needs to be created.
                needed = Needed(flags & ~Create, descriptorFlags, rights);
                creates = false;
            }

            mistakes.If((needed & ~parent.Grant!.Access) != 0, Errno.ReadOnly);
        }

        if (mistakes.Any) return mistakes.Expected;
        var isRefused = !creates && (flags & Create) != 0;
        var error = Open(parent!, path, call.Number(1), creates ? flags : flags & ~Create, rights, out var node);
        if (error != Errno.Success) return Expectation.Of(isRefused && error == Errno.NotFound ? Errno.ReadOnly : error);
        var granted = rights & parent!.Inheriting;
        var isFolder = node!.Kind == NodeKind.Folder;
        if (isFolder && isRefused) return Expectation.Of(Errno.IsDirectory);
        var number = model.Add(new ModelDescriptor
        {
            Node = node,
            Grant = parent.Grant,
            Rights = granted & (isFolder ? ModelRights.Folder : ModelRights.File),
            Inheriting = isFolder ? (ulong)call.Arguments[6] & parent.Inheriting : 0,
            Flags = descriptorFlags,
        });
        return Expectation.Of(Errno.Success).Writes(result, (uint)number);
    }

    private static DirectoryAccess Needed(int flags, int descriptorFlags, ulong rights)
    {
        var writes = (rights & ModelRights.Writing) != 0 || (flags & Truncate) != 0
            || ((flags & Directory) == 0 && (descriptorFlags & Append) != 0);
        var reads = (rights & (ModelRights.Read | ModelRights.Readdir)) != 0 || (!writes && (flags & Create) == 0);
        return (reads ? DirectoryAccess.Read : 0) | (writes ? DirectoryAccess.Write : 0)
            | ((flags & Create) != 0 ? DirectoryAccess.Create : 0);
    }

    private static Errno Open(
        ModelDescriptor parent, string path, int lookup, int flags, ulong rights, out ModelNode? node)
    {
        var creates = (flags & Create) != 0;
        var isExclusive = creates && (flags & Exclusive) != 0;
        var follow = (lookup & 1) != 0 && !isExclusive;
        node = null;
        var error = ModelPath.Follow(parent.Node!, path, follow, creates, out var found);
        if (error != Errno.Success) return error;
        node = found.Node;
        if (node is null)
        {
            if (!creates || found.Parent.IsRemoved) return Errno.NotFound;
            node = new ModelNode(NodeKind.File);
            found.Parent.Add(found.Name!, node);
            return Errno.Success;
        }

        if (isExclusive) return Errno.Exists;
        switch (node.Kind)
        {
            case NodeKind.Folder:
                var changes = creates || (flags & Truncate) != 0 || (rights & ModelRights.Writing) != 0;
                return changes ? Errno.IsDirectory : Errno.Success;
            case NodeKind.Link:
                return (flags & Directory) != 0 ? Errno.NotDirectory : Errno.Loop;
            case var _ when (flags & Directory) != 0:
                return Errno.NotDirectory;
        }

        if ((flags & Truncate) != 0) node.Resize(0);
        return Errno.Success;
    }
}
