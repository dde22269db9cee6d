using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What the functions must come to that take a path, but <c>path_open</c>.</summary>
internal static class ModelPaths
{
    /// <summary>Does a call; null when it is another one.</summary>
    public static Expectation? Do(WasiCall call, Mistakes mistakes) => call.Name switch
    {
        "path_create_directory" => Change(
            mistakes, ModelRights.CreateDirectory, DirectoryAccess.Create,
            place => Make(place, new ModelNode(NodeKind.Folder), mayEndWithSlash: true)),
        "path_remove_directory" => Change(
            mistakes, ModelRights.RemoveDirectory, DirectoryAccess.Delete, RemoveFolder),
        "path_unlink_file" => Change(mistakes, ModelRights.Unlink, DirectoryAccess.Delete, Unlink),
        "path_symlink" => Symlink(mistakes),
        "path_readlink" => Readlink(call, mistakes),
        "path_rename" => Rename(mistakes),
        "path_link" => Link(call, mistakes),
        "path_filestat_get" => GetStatus(call, mistakes),
        "path_filestat_set_times" => SetTimes(call, mistakes),
        _ => null,
    };

    private static Expectation Change(
        Mistakes mistakes, ulong rights, DirectoryAccess access, Func<ModelPath, Errno> change, int index = 0)
    {
        var folder = Granted(mistakes, index, rights, access);
        var path = mistakes.Path(index + 1);
        if (mistakes.Any) return mistakes.Expected;
        var error = ModelPath.FollowParent(folder!.Node!, path, out var place);
        return Expectation.Of(error != Errno.Success ? error : change(place));
    }

    private static ModelDescriptor? Granted(Mistakes mistakes, int index, ulong rights, DirectoryAccess access)
    {
        var folder = mistakes.Folder(index, rights);
        mistakes.If(folder is { IsFolder: true } && (access & ~folder.Grant!.Access) != 0, Errno.ReadOnly);
        return folder;
    }

    private static Errno Make(ModelPath place, ModelNode node, bool mayEndWithSlash)
    {
        if (place.Node is not null)
        {
            return place.MustBeFolder && !mayEndWithSlash && place.Node.Kind != NodeKind.Folder
                ? Errno.NotDirectory
                : Errno.Exists;
        }

        if (place.Parent.IsRemoved || (place.MustBeFolder && !mayEndWithSlash)) return Errno.NotFound;
        place.Parent.Add(place.Name!, node);
        return Errno.Success;
    }

    private static Errno RemoveFolder(ModelPath place)
    {
        if (place.Name is null) return Errno.Invalid;
        if (place.Node is null) return Errno.NotFound;
        if (place.Node.Kind != NodeKind.Folder) return Errno.NotDirectory;
        if (place.Node.Children.Count > 0) return Errno.NotEmpty;
        place.Parent.Remove(place.Name);
        return Errno.Success;
    }

    private static Errno Unlink(ModelPath place)
    {
        if (place.Name is null) return Errno.IsDirectory;
        if (place.Node is null) return Errno.NotFound;
        if (place.Node.Kind == NodeKind.Folder) return Errno.IsDirectory;
        if (place.MustBeFolder) return Errno.NotDirectory;
        place.Parent.Remove(place.Name);
        return Errno.Success;
    }

    private static Expectation Symlink(Mistakes mistakes)
    {
        var target = mistakes.Path(0);
        return Change(
            mistakes, ModelRights.Symlink, DirectoryAccess.Create,
            place => Make(place, new ModelNode(NodeKind.Link) { Target = target }, mayEndWithSlash: false), index: 2);
    }

    private static Expectation Readlink(WasiCall call, Mistakes mistakes)
    {
        var folder = mistakes.Folder(0, ModelRights.Readlink);
        var path = mistakes.Path(1);
        var buffer = mistakes.Output(3, call.Pointer(4));
        var used = mistakes.Output(5, 4);
        if (mistakes.Any) return mistakes.Expected;
        var error = ModelPath.Follow(folder!.Node!, path, follow: false, creates: false, out var found);
        if (error == Errno.Success && found.Node is null) error = Errno.NotFound;
        if (error == Errno.Success && found.Node!.Kind != NodeKind.Link) error = Errno.Invalid;
        if (error != Errno.Success) return Expectation.Of(error);
        var target = Encoding.UTF8.GetBytes(found.Node!.Target);
        var length = (int)Math.Min(target.Length, call.Pointer(4));
        return Expectation.Of(Errno.Success).Writes(buffer, target.AsSpan(0, length)).Writes(used, (uint)length);
    }

    private static Expectation Rename(Mistakes mistakes)
    {
        var from = Granted(mistakes, 0, ModelRights.RenameSource, DirectoryAccess.Delete | DirectoryAccess.Read);
        var path = mistakes.Path(1);
        var to = Granted(mistakes, 3, ModelRights.RenameTarget, DirectoryAccess.Create | DirectoryAccess.Delete);
        var newPath = mistakes.Path(4);
        if (mistakes.Any) return mistakes.Expected;
        return FollowBoth(from!, path, to!, newPath, out var source, out var target)
            ?? Expectation.Of(Rename(source, target));
    }

    // Which of two paths is looked at first is not laid down.
    private static Expectation? FollowBoth(
        ModelDescriptor from, string path, ModelDescriptor to, string newPath, out ModelPath source, out ModelPath target)
    {
        Errno[] errors =
        [
            ModelPath.FollowParent(from.Node!, path, out source),
            ModelPath.FollowParent(to.Node!, newPath, out target),
        ];
        if (errors.Contains(Errno.NameTooLong) || from.Grant!.Device != to.Grant!.Device) return Expectation.Failure();
        var wrong = errors.Where(error => error != Errno.Success).ToList();
        return wrong.Count > 0 ? Expectation.Of(wrong) : null;
    }

    private static Errno[] Rename(ModelPath source, ModelPath target)
    {
        // The kernel asks first for the names, and where both are wrong either may be told.
        if (source.Name is null || target.Name is null) return [Errno.Busy, Errno.NotFound, Errno.NotDirectory];
        if (source.Node is null) return [Errno.NotFound];
        var isFolder = source.Node.Kind == NodeKind.Folder;
        if (!isFolder && (source.MustBeFolder || target.MustBeFolder)) return [Errno.NotDirectory];
        if (isFolder && target.Parent.IsWithin(source.Node)) return [Errno.Invalid];
        if (target.Node is not null && source.Parent.IsWithin(target.Node)) return [Errno.NotEmpty];
        if (source.Node == target.Node) return [Errno.Success];
        if (target.Parent.IsRemoved) return [Errno.NotFound];
        switch (target.Node)
        {
            case { Kind: NodeKind.Folder } when !isFolder:
                return [Errno.IsDirectory];
            case { Kind: not NodeKind.Folder } when isFolder:
                return [Errno.NotDirectory];
            case { Children.Count: > 0 }:
                return [Errno.NotEmpty];
            case not null:
                target.Parent.Remove(target.Name);
                break;
        }

        source.Parent.Remove(source.Name);
        target.Parent.Add(target.Name, source.Node);
        return [Errno.Success];
    }

    private static Expectation Link(WasiCall call, Mistakes mistakes)
    {
        mistakes.If((call.Number(1) & 1) != 0, Errno.Invalid);
        var to = Granted(mistakes, 4, ModelRights.LinkTarget, DirectoryAccess.Create);
        var shared = (to?.Grant?.Access ?? 0) & (DirectoryAccess.Write | DirectoryAccess.Metadata);
        var from = Granted(mistakes, 0, ModelRights.LinkSource, DirectoryAccess.Read | shared);
        var path = mistakes.Path(2);
        var newPath = mistakes.Path(5);
        if (mistakes.Any) return mistakes.Expected;
        return FollowBoth(from!, path, to!, newPath, out var source, out var target)
            ?? Expectation.Of(Link(source, target));
    }

    private static Errno Link(ModelPath source, ModelPath target)
    {
        if (source.Node is null) return Errno.NotFound;
        if (source.MustBeFolder && source.Node.Kind != NodeKind.Folder) return Errno.NotDirectory;
        if (target.Node is not null) return Errno.Exists;
        if (target.MustBeFolder) return Errno.NotFound;
        if (source.Node.Kind == NodeKind.Folder) return Errno.Permission;
        if (target.Parent.IsRemoved) return Errno.NotFound;
        target.Parent.Add(target.Name!, source.Node);
        return Errno.Success;
    }

    private static Expectation GetStatus(WasiCall call, Mistakes mistakes)
    {
        var folder = mistakes.Folder(0, ModelRights.PathStatus);
        var path = mistakes.Path(2);
        var result = mistakes.Output(4, 64);
        if (mistakes.Any) return mistakes.Expected;
        var error = Existing(folder!, path, call.Number(1), out var node);
        return error != Errno.Success ? Expectation.Of(error) : ModelFiles.Status(node!, result);
    }

    private static Expectation SetTimes(WasiCall call, Mistakes mistakes)
    {
        var folder = Granted(mistakes, 0, ModelRights.PathSetTimes, DirectoryAccess.Metadata);
        var path = mistakes.Path(2);
        mistakes.If(ModelFiles.AreInvalidTimes(call.Number(6)), Errno.Invalid);
        if (mistakes.Any) return mistakes.Expected;
        return Expectation.Of(Existing(folder!, path, call.Number(1), out _));
    }

    private static Errno Existing(ModelDescriptor folder, string path, int lookup, out ModelNode? node)
    {
        var error = ModelPath.Follow(folder.Node!, path, (lookup & 1) != 0, creates: false, out var found);
        node = found.Node;
        return error == Errno.Success && node is null ? Errno.NotFound : error;
    }
}
