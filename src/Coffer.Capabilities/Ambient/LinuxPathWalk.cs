using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Resolves a path component by component: the way for kernels without openat2.</summary>
internal ref struct LinuxPathWalk
{
    private const int MaxLinks = 40;
    private const int MaxDepth = 256;
    private const int MaxBytes = 64 * 1024;
    private const int Pinning = Libc.OpenPath;

    // The directories from the root down to the current one; ".." goes back along them, never through the file system.
    private readonly List<int> directories;
    private byte[] path;
    private int position;
    private int links;

    private LinuxPathWalk(int root, ReadOnlySpan<byte> path)
    {
        directories = [root];
        this.path = path.ToArray();
    }

    private readonly int Current => directories[^1];

    public static Errno Open(int root, ReadOnlySpan<byte> path, int flags, bool followFinal, out int descriptor)
    {
        var walk = new LinuxPathWalk(root, path);
        try
        {
            return walk.Run(flags, followFinal, out descriptor);
        }
        finally
        {
            for (var i = 1; i < walk.directories.Count; i++) _ = Libc.Close(walk.directories[i]);
        }
    }

    private Errno Run(int flags, bool followFinal, out int descriptor)
    {
        descriptor = -1;
        // An exclusive creation never follows: what is there, link or not, exists.
        if ((flags & Libc.OpenExclusive) != 0) followFinal = false;
        while (TryNext(out var name, out var isLast))
        {
            if (name.AsSpan().SequenceEqual(".\0"u8)) continue;
            if (name.AsSpan().SequenceEqual("..\0"u8))
            {
                if (directories.Count == 1) return Errno.Escape;
                _ = Libc.Close(Current);
                directories.RemoveAt(directories.Count - 1);
                continue;
            }

            // No slash follows the name of a file that is made. The kernel says so before it looks what is there.
            var makes = (flags & Libc.OpenCreate) != 0;
            if (makes && !isLast && path.AsSpan(position).Trim((byte)'/').IsEmpty) return Errno.IsDirectory;
            var error = isLast && !(followFinal && IsLink(name))
                ? OpenFinal(name, flags, out descriptor)
                : Enter(name);
            if (error != Errno.Success || descriptor >= 0) return error;
        }

        return OpenCurrent(flags, out descriptor);
    }

    /// <summary>The next component, followed by a NUL; it is the last when not even a slash comes after it.</summary>
    private bool TryNext(out byte[] name, out bool isLast)
    {
        while (position < path.Length && path[position] == '/') position++;
        var rest = path.AsSpan(position);
        var end = rest.IndexOf((byte)'/');
        isLast = end < 0;
        var component = isLast ? rest : rest[..end];
        position += component.Length;
        name = [.. component, 0];
        return component.Length > 0;
    }

    private readonly bool IsLink(byte[] name)
    {
        Span<byte> one = stackalloc byte[1];
        return Libc.ReadLinkAt(Current, name, one) >= 0;
    }

    private readonly Errno OpenFinal(byte[] name, int flags, out int descriptor)
    {
        descriptor = Libc.OpenAt(Current, name, flags | Libc.OpenNoFollow, Libc.NewFileMode);
        return LinuxError.Of(descriptor);
    }

    private readonly Errno OpenCurrent(int flags, out int descriptor)
    {
        descriptor = -1;
        if ((flags & Libc.OpenCreate) != 0) return (flags & Libc.OpenExclusive) != 0 ? Errno.Exists : Errno.IsDirectory;
        descriptor = Libc.OpenAt(Current, ".\0"u8, flags, 0);
        return LinuxError.Of(descriptor);
    }

    /// <summary>Goes into a directory, or replaces a symbolic link by its target.</summary>
    private Errno Enter(byte[] name)
    {
        var descriptor = Libc.OpenAt(Current, name, Pinning | Libc.OpenDirectory | Libc.OpenNoFollow, 0);
        if (descriptor >= 0)
        {
            directories.Add(descriptor);
            return directories.Count <= MaxDepth ? Errno.Success : Errno.NameTooLong;
        }

        var error = Libc.LastError;
        if (error is not (LinuxError.NotDirectory or LinuxError.Loop)) return LinuxError.Translate(error);
        var target = new byte[GuestPath.Capacity];
        var length = Libc.ReadLinkAt(Current, name, target);
        if (length < 0) return Errno.NotDirectory;
        if (++links > MaxLinks) return Errno.Loop;
        if (length == 0) return Errno.NotFound;
        if (target[0] == '/') return Errno.Escape;
        var rest = path.AsSpan(position);
        if (length + rest.Length > MaxBytes) return Errno.NameTooLong;
        path = [.. target.AsSpan(0, length), .. rest];
        position = 0;
        return Errno.Success;
    }
}
