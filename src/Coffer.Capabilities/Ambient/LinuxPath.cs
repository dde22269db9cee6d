using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// Opens paths beneath a directory. Where the kernel can (openat2, Linux 5.6) it resolves the path and refuses to
/// leave; elsewhere the path is walked component by component, each opened without following links. Both decide on
/// open handles, never on strings, so that renames and links made meanwhile by others cannot lead outside.
/// </summary>
internal static class LinuxPath
{
    private const int CrossDevice = 18;
    private const int Attempts = 16;

    private static readonly Lazy<bool> KernelResolves = new(() =>
    {
        var descriptor = Libc.OpenBeneath(-100, "."u8, Libc.OpenPath | Libc.OpenDirectory, 0);
        if (descriptor < 0) return false;
        _ = Libc.Close(descriptor);
        return true;
    });

    /// <summary>Opens a path; the result is a descriptor of the caller's. The path is followed by a NUL.</summary>
    public static Errno Open(
        int root, ReadOnlySpan<byte> path, int flags, bool followFinal, PathMethod method, out int descriptor)
    {
        var error = Resolve(root, path, flags, followFinal, method, out descriptor);
        if (SelfCheck.IsOn && error == Errno.Success) Check(root, path, method, descriptor);
        return error;
    }

    private static void Check(int root, ReadOnlySpan<byte> path, PathMethod method, int descriptor)
    {
        byte[] copy = [.. path, 0];
        LinuxSelfCheck.Require(root, System.Text.Encoding.UTF8.GetString(path), descriptor, () =>
        {
            var error = Resolve(root, copy.AsSpan()[..^1], Libc.OpenPath, followFinal: true, method, out var again);
            return error == Errno.Success ? again : -1;
        });
    }

    private static Errno Resolve(
        int root, ReadOnlySpan<byte> path, int flags, bool followFinal, PathMethod method, out int descriptor)
    {
        if (method == PathMethod.Walk || !KernelResolves.Value)
        {
            return LinuxPathWalk.Open(root, path, flags, followFinal, out descriptor);
        }

        var mode = (flags & Libc.OpenCreate) != 0 ? Libc.NewFileMode : 0;
        if (!followFinal) flags |= Libc.OpenNoFollow;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            descriptor = Libc.OpenBeneath(root, path, flags, mode);
            if (descriptor >= 0) return Errno.Success;
            var error = Libc.LastError;
            // Somebody renamed a directory while ".." was resolved: the kernel asks to try again.
            if (error is LinuxError.Again or LinuxError.Interrupted) continue;
            if (error == LinuxError.Loop && IsMagic(root, path, followFinal)) return Errno.Escape;
            return error == CrossDevice ? Errno.Escape : LinuxError.Translate(error);
        }

        return LinuxPathWalk.Open(root, path, flags & ~Libc.OpenNoFollow, followFinal, out descriptor);
    }

    // The kernel says of the links in /proc, which lead to whatever a process has, that they are too many. Taken as the
    // text that they show they lead outside, and that is what belongs on record.
    private static bool IsMagic(int root, ReadOnlySpan<byte> path, bool followFinal)
    {
        var error = LinuxPathWalk.Open(root, path, Libc.OpenPath, followFinal, out var descriptor);
        if (error == Errno.Success) _ = Libc.Close(descriptor);
        return error == Errno.Escape;
    }

    /// <summary>Whether a path is the name of an entry, which leads nowhere but there.</summary>
    public static bool IsName(ReadOnlySpan<byte> path) =>
        !path.Contains((byte)'/') && !path.SequenceEqual("."u8) && !path.SequenceEqual(".."u8);

    /// <summary>Opens the directory that holds the last component of a path.</summary>
    public static Errno OpenParent(int root, in PathSplit split, PathMethod method, out ParentDirectory parent)
    {
        parent = new ParentDirectory(root, owned: false);
        if (split.Parent.IsEmpty) return Errno.Success;
        var error = Open(
            root, split.Parent, Libc.OpenPath | Libc.OpenDirectory, followFinal: true, method, out var descriptor);
        if (error == Errno.Success) parent = new ParentDirectory(descriptor, owned: true);
        return error;
    }
}

/// <summary>How paths are resolved.</summary>
internal enum PathMethod
{
    /// <summary>By the kernel if it can.</summary>
    Kernel,
    /// <summary>Component by component.</summary>
    Walk,
}

/// <summary>A directory in which a name is looked up.</summary>
internal readonly ref struct ParentDirectory(int descriptor, bool owned)
{
    public int Descriptor { get; } = descriptor;

    public void Dispose()
    {
        if (owned) _ = Libc.Close(Descriptor);
    }
}
