using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>
/// Where the content of a file is that nobody has changed: in an archive, or in the base of an overlay. Used under the
/// tree's lock; open while a guest has the file open.
/// </summary>
internal abstract class FileOrigin
{
    /// <summary>How long it is.</summary>
    public abstract long Length { get; }

    /// <summary>Makes it ready to be read; asked again, it does nothing.</summary>
    public abstract Errno Open();

    /// <summary>Reads as much as there is, 0 bytes at the end.</summary>
    public abstract Errno ReadAt(Span<byte> destination, long offset, out int read);

    /// <summary>Lets go of what <see cref="Open"/> holds.</summary>
    public abstract void Close();
}
