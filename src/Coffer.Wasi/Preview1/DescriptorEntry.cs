using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>What a guest's descriptor number stands for: a file or a directory, with what it may be used for.</summary>
internal sealed class DescriptorEntry : IDisposable
{
    public DescriptorEntry(FileHandle file, Rights rights)
    {
        File = file;
        Rights = rights;
    }

    public DescriptorEntry(DirectoryHandle directory, Rights rights, Rights inheriting)
    {
        Directory = directory;
        Rights = rights;
        Inheriting = inheriting;
    }

    public FileHandle? File { get; }

    public DirectoryHandle? Directory { get; }

    /// <summary>
    /// The grant through which it was opened; null for standard streams, and for directories that only hold what other
    /// grants give.
    /// </summary>
    public Grant? Grant { get; init; }

    /// <summary>
    /// Where it is, as the guest sees it, in UTF-8; of streams and sockets the name or the address, for records.
    /// </summary>
    public byte[] GuestPath { get; init; } = [];

    public Rights Rights { get; set; }

    /// <summary>What descriptors opened through this one may be used for.</summary>
    public Rights Inheriting { get; set; }

    public DescriptorFlags Flags { get; set; }

    /// <summary>Whether it is open from the start, and known to the guest by its path.</summary>
    public bool IsPreopened { get; init; }

    public FileType Type => File?.Type ?? FileType.Directory;

    public void Dispose()
    {
        File?.Dispose();
        Directory?.Dispose();
    }
}
