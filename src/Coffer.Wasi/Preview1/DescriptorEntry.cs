using Coffer.Capabilities.Files;

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

    public Rights Rights { get; set; }

    /// <summary>What descriptors opened through this one may be used for.</summary>
    public Rights Inheriting { get; set; }

    public DescriptorFlags Flags { get; set; }

    /// <summary>The name of a preopened directory, in UTF-8; null for all other descriptors.</summary>
    public byte[]? PreopenName { get; init; }

    public FileType Type => File?.Type ?? FileType.Directory;

    public void Dispose()
    {
        File?.Dispose();
        Directory?.Dispose();
    }
}
