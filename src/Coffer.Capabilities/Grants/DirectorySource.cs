namespace Coffer.Capabilities.Grants;

/// <summary>Where the content of a granted directory is.</summary>
public enum DirectorySource
{
    /// <summary>A directory of the host, which the guest changes.</summary>
    Host,
    /// <summary>A directory of the host that is only read; what the guest changes is kept in memory.</summary>
    Overlay,
    /// <summary>An archive (zip, tar, tar.gz), which is only read.</summary>
    Archive,
    /// <summary>Memory: empty at the start, and gone when the guest ends.</summary>
    Memory,
}
