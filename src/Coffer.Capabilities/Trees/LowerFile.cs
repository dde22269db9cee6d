using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>The content of a file in the base of an overlay.</summary>
internal sealed class LowerFile(DirectoryHandle layer, byte[] path, long length) : FileOrigin
{
    private FileHandle? file;

    public override long Length { get; } = length;

    public override Errno Open()
    {
        if (file is not null) return Errno.Success;
        var error = GuestPath.TryCopy(path, stackalloc byte[GuestPath.Capacity], out var guestPath);
        if (error != Errno.Success) return error;
        error = layer.Open(guestPath, new OpenRequest { Read = true }, out file, out var unexpected);
        if (unexpected is null) return error;
        // Somebody has put a directory in its place.
        unexpected.Dispose();
        return Errno.Io;
    }

    public override Errno ReadAt(Span<byte> destination, long offset, out int read)
    {
        read = 0;
        if (offset >= Length) return Errno.Success;
        // What is appended to the base meanwhile is not part of the file that was found.
        return file!.ReadAt(destination[..(int)Math.Min(destination.Length, Length - offset)], offset, out read);
    }

    public override void Close()
    {
        file?.Dispose();
        file = null;
    }
}
