using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>
/// Files and directories in memory: on their own, as the content of an archive, or as the changes to a base that is
/// only read. Guests that share it (threads) take turns: every method is called with <see cref="Gate"/> held.
/// </summary>
internal sealed class FileTree
{
    private const int MaxNameBytes = 255;

    private readonly TimeProvider? clock;
    private List<IDisposable>? resources;
    private ulong nextInode = 1;
    private long baseEntries;
    private int handles;

    /// <param name="device">The number that tells its files from those of others.</param>
    /// <param name="quota">What it may hold at a time.</param>
    /// <param name="clock">The guest's clock for the times of files; null when it has none, and all are 1970.</param>
    /// <param name="lower">The base that is only read; null for none.</param>
    public FileTree(ulong device, DirectoryQuota quota, TimeProvider? clock, LowerFolder? lower = null)
    {
        Device = device;
        Quota = quota;
        this.clock = clock;
        Root = new FolderNode(nextInode++, null, lower);
        Touch(Root, Now());
    }

    /// <summary>
    /// The entries of a base that are looked at. They are remembered while the guest runs, so there is an end to them.
    /// </summary>
    public const long MaxBaseEntries = 1_000_000;

    public Lock Gate { get; } = new();

    public ulong Device { get; }

    public DirectoryQuota Quota { get; }

    public FolderNode Root { get; }

    /// <summary>Has something closed with the last handle.</summary>
    public void Own(IDisposable resource) => (resources ??= []).Add(resource);

    /// <summary>The number of a further node.</summary>
    public ulong NewInode() => nextInode++;

    /// <summary>Takes note of a further handle.</summary>
    public void Retain()
    {
        lock (Gate) handles++;
    }

    /// <summary>A handle is closed.</summary>
    public void Release()
    {
        lock (Gate)
        {
            if (--handles > 0) return;
            foreach (var resource in resources ?? []) resource.Dispose();
            resources = null;
        }
    }

    /// <summary>An entry of a directory; null when there is none.</summary>
    public Errno Find(FolderNode folder, ReadOnlySpan<byte> name, out TreeNode? node)
    {
        node = folder.Find(name);
        if (node is not null || folder.Links == 0) return Errno.Success;
        if (name.Length > MaxNameBytes) return Errno.NameTooLong;
        if (folder.Lower is null || folder.IsHidden(name)) return Errno.Success;
        var error = folder.Lower.Find(this, folder, name, out node);
        if (error == Errno.Success && node is not null) error = AddFromBase(folder, name, node);
        return error == Errno.NotFound ? Errno.Success : error;
    }

    /// <summary>Makes all entries of a directory known.</summary>
    public Errno Load(FolderNode folder)
    {
        if (folder.Lower is null) return Errno.Success;
        var error = folder.Lower.List(out var names);
        if (error != Errno.Success) return error;
        foreach (var name in names)
        {
            error = Find(folder, name, out _);
            if (error != Errno.Success) return error;
        }

        folder.Complete();
        return Errno.Success;
    }

    public FileStatus Status(TreeNode node)
    {
        if (node is HostFileNode host && host.GetStatus(out var status) == Errno.Success) return status;
        if (node is MountNode mount && mount.Directory.GetStatus(out status) == Errno.Success) return status;
        return new FileStatus(
            Device, node.Inode, node.Type, node.Links, node.Size, node.Accessed, node.Modified, node.Changed);
    }

    public Errno SetTimes(TreeNode node, in FileTimes times)
    {
        if (node is HostFileNode host) return host.SetTimes(times);
        var now = Now();
        if (times.Access != TimeChange.Keep) node.Accessed = times.Access == TimeChange.Now ? now : times.Accessed;
        if (times.Modification != TimeChange.Keep)
        {
            node.Modified = times.Modification == TimeChange.Now ? now : times.Modified;
        }

        node.Changed = now;
        return Errno.Success;
    }

    /// <summary>Takes note that the content of a file changed.</summary>
    public void NoteChange(TreeNode node)
    {
        var now = Now();
        (node.Modified, node.Changed) = (now, now);
    }

    /// <summary>Gives a new node a name that is free.</summary>
    public Errno Make(FolderNode folder, ReadOnlySpan<byte> name, Func<ulong, TreeNode> create, out TreeNode? node)
    {
        node = null;
        var error = CheckNew(folder, name);
        if (error == Errno.Success) error = Quota.ChargeFile();
        if (error != Errno.Success) return error;
        node = create(nextInode++);
        node.ChargedNames = 1;
        Touch(node, Now());
        Add(folder, name, node);
        return Errno.Success;
    }

    /// <summary>Gives a node of this tree a name that is free.</summary>
    public void Add(FolderNode folder, ReadOnlySpan<byte> name, TreeNode node)
    {
        folder.Add(name, node);
        NoteChange(folder);
    }

    /// <summary>Takes a name away from a node; the last one takes the node.</summary>
    public void Remove(FolderNode folder, ReadOnlySpan<byte> name, TreeNode node)
    {
        folder.Remove(name);
        NoteChange(folder);
        node.Links--;
        node.Changed = folder.Changed;
        if (node is FileNode file) file.Release(Quota);
        if (node.ChargedNames == 0) return;
        node.ChargedNames--;
        Quota.RefundFile();
        if (node is LinkNode { Links: 0 } link) Quota.RefundBytes(link.Target.Length);
    }

    /// <summary>Whether a name can be given in a directory.</summary>
    public static Errno CheckNew(FolderNode folder, ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxNameBytes) return Errno.NameTooLong;
        return folder.Links == 0 ? Errno.NotFound : Errno.Success;
    }

    private Errno AddFromBase(FolderNode folder, ReadOnlySpan<byte> name, TreeNode node)
    {
        if (++baseEntries > MaxBaseEntries) return Errno.NoMemory;
        folder.Add(name, node);
        return Errno.Success;
    }

    private static void Touch(TreeNode node, ulong now) => node.SetTimes(now, now, now);

    private ulong Now()
    {
        if (clock is null) return 0;
        return (ulong)Math.Max(0, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks) * 100;
    }
}
