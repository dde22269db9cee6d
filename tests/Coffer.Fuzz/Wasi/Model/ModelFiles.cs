using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What the functions must come to that take an open descriptor, but those that transfer bytes.</summary>
internal static class ModelFiles
{
    /// <summary>A length from which on it depends on the file system whether a file can have it.</summary>
    public const long Huge = 32 << 20;

    /// <summary>What a file system may say to such a length.</summary>
    public static readonly Errno[] TooHuge =
        [Errno.FileTooBig, Errno.NoSpace, Errno.DiskQuota, Errno.NoMemory, Errno.Invalid];

    private const int EntryBytes = 24;

    /// <summary>Does a call; null when it is another one.</summary>
    public static Expectation? Do(WasiCall call, Mistakes mistakes, byte[] memory, Errno actual) => call.Name switch
    {
        "fd_seek" => Seek(call, mistakes, actual),
        "fd_tell" => Tell(mistakes),
        "fd_filestat_get" => GetStatus(mistakes),
        "fd_filestat_set_size" => SetLength(call, mistakes, actual),
        "fd_filestat_set_times" => SetTimes(call, mistakes),
        "fd_allocate" => Allocate(call, mistakes, actual),
        "fd_advise" => Advise(call, mistakes),
        "fd_sync" => Sync(mistakes, ModelRights.Sync),
        "fd_datasync" => Sync(mistakes, ModelRights.Datasync),
        "fd_fdstat_set_flags" => SetFlags(call, mistakes),
        "fd_readdir" => ReadDirectory(call, mistakes, memory),
        _ => null,
    };

    /// <summary>The status of a node; what is kept in times and in inodes is not modelled.</summary>
    public static Expectation Status(ModelNode node, uint result)
    {
        var type = node.Kind switch
        {
            NodeKind.Folder => 3UL,
            NodeKind.File => 4UL,
            _ => 7UL,
        };
        var size = node.Kind == NodeKind.File ? node.Content.Length : Encoding.UTF8.GetByteCount(node.Target);
        var expected = Expectation.Of(Errno.Success)
            .WritesSomething(result, 16).Writes(result + 16, type).WritesSomething(result + 40, 24);
        // A directory has as many names and as many bytes as its file system likes.
        return node.Kind == NodeKind.Folder
            ? expected.WritesSomething(result + 24, 16)
            : expected.Writes(result + 24, (ulong)node.Links).Writes(result + 32, (ulong)size);
    }

    public static bool AreInvalidTimes(int flags) => flags is < 0 or > 15 || (flags & 3) == 3 || (flags & 12) == 12;

    private static Expectation Seek(WasiCall call, Mistakes mistakes, Errno actual)
    {
        var (offset, whence) = (call.Arguments[1], call.Number(2));
        var isTell = whence == 1 && offset == 0;
        var file = mistakes.File(0, isTell ? ModelRights.Tell : ModelRights.Seek);
        mistakes.If((uint)whence > 2, Errno.Invalid);
        var result = mistakes.Output(3, 8);
        if (mistakes.Any) return mistakes.Expected;
        var start = whence switch
        {
            0 => 0,
            1 => file!.Position,
            _ => file!.Node!.Content.Length,
        };
        var position = (Int128)start + offset;
        if (position < 0 || position > long.MaxValue) return Expectation.Of(Errno.Invalid);
        if (position > Huge && actual == Errno.Invalid) return Expectation.Of(Errno.Invalid);
        file!.Position = (long)position;
        return Expectation.Of(Errno.Success).Writes(result, (ulong)position);
    }

    private static Expectation Tell(Mistakes mistakes)
    {
        var file = mistakes.File(0, ModelRights.Tell);
        var result = mistakes.Output(1, 8);
        return mistakes.Any ? mistakes.Expected : Expectation.Of(Errno.Success).Writes(result, (ulong)file!.Position);
    }

    private static Expectation GetStatus(Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, ModelRights.Status);
        var result = mistakes.Output(1, 64);
        return mistakes.Any ? mistakes.Expected : Status(descriptor!.Node!, result);
    }

    private static Expectation SetLength(WasiCall call, Mistakes mistakes, Errno actual)
    {
        var file = mistakes.File(0, ModelRights.SetSize);
        mistakes.If(call.Arguments[1] < 0, Errno.Invalid);
        return mistakes.Any ? mistakes.Expected : Resize(file!, call.Arguments[1], actual);
    }

    private static Expectation Allocate(WasiCall call, Mistakes mistakes, Errno actual)
    {
        var (offset, length) = (call.Arguments[1], call.Arguments[2]);
        var file = mistakes.File(0, ModelRights.Allocate);
        mistakes.If(offset < 0 || length <= 0 || length > long.MaxValue - offset, Errno.Invalid);
        if (mistakes.Any) return mistakes.Expected;
        return Resize(file!, Math.Max(file!.Node!.Content.Length, offset + length), actual);
    }

    private static Expectation Resize(ModelDescriptor file, long length, Errno actual)
    {
        if (length > Huge)
        {
            return actual == Errno.Success
                ? Expectation.LastSuccess()
                : Expectation.Of(TooHuge);
        }

        file.Node!.Resize((int)length);
        return Expectation.Of(Errno.Success);
    }

    private static Expectation SetTimes(WasiCall call, Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, ModelRights.SetTimes);
        mistakes.If(AreInvalidTimes(call.Number(3)), Errno.Invalid);
        mistakes.If(
            descriptor is not null && (descriptor.Grant!.Access & DirectoryAccess.Metadata) == 0, Errno.ReadOnly);
        return mistakes.Any ? mistakes.Expected : Expectation.Of(Errno.Success);
    }

    private static Expectation Advise(WasiCall call, Mistakes mistakes)
    {
        mistakes.File(0, ModelRights.Advise);
        mistakes.If((uint)call.Number(3) > 5 || call.Arguments[1] < 0 || call.Arguments[2] < 0, Errno.Invalid);
        return mistakes.Any ? mistakes.Expected : Expectation.Of(Errno.Success);
    }

    private static Expectation Sync(Mistakes mistakes, ulong rights)
    {
        mistakes.Descriptor(0, rights);
        return mistakes.Any ? mistakes.Expected : Expectation.Of(Errno.Success);
    }

    private static Expectation SetFlags(WasiCall call, Mistakes mistakes)
    {
        const int all = 31, changeable = 1 | 4;
        var descriptor = mistakes.Descriptor(0, ModelRights.SetFlags);
        var flags = call.Number(1);
        mistakes.If((flags & ~all) != 0, Errno.Invalid);
        if (mistakes.Any) return mistakes.Expected;
        if (((flags ^ descriptor!.Flags) & ~changeable) != 0) return Expectation.Of(Errno.NotSupported);
        descriptor.Flags = flags;
        return Expectation.Of(Errno.Success);
    }

    // The order of names is that of the file system: what is checked is how much there is, and that it is well formed.
    private static Expectation ReadDirectory(WasiCall call, Mistakes mistakes, byte[] memory)
    {
        var folder = mistakes.Folder(0, ModelRights.Readdir);
        var (buffer, size) = (mistakes.Output(1, call.Pointer(2)), call.Pointer(2));
        var used = mistakes.Output(4, 4);
        if (mistakes.Any) return mistakes.Expected;
        if (call.Arguments[3] != 0) return Expectation.Unmodelled(call.Function.Outputs(call, memory));
        if (folder!.Node!.IsRemoved) return Expectation.Of(Errno.NotFound);
        var names = folder.Node.Children.ToDictionary(child => child.Key, child => child.Value.Kind);
        names["."] = names[".."] = NodeKind.Folder;
        var total = names.Keys.Sum(name => EntryBytes + Encoding.UTF8.GetByteCount(name));
        var written = (uint)Math.Min(total, size);
        return Expectation.Of(Errno.Success).Writes(used, written).WritesEntries(buffer, written, names);
    }
}
