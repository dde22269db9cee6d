namespace Coffer.Capabilities.Grants;

/// <summary>What a guest may do in a directory or with a file; each part is granted separately.</summary>
[Flags]
public enum DirectoryAccess
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Reading files and links, listing directories, asking for facts.</summary>
    Read = 1,
    /// <summary>Changing the content of files that exist, their length included.</summary>
    Write = 2,
    /// <summary>Making files, directories and links, and giving files new names.</summary>
    Create = 4,
    /// <summary>Removing files and directories, and taking names away from them.</summary>
    Delete = 8,
    /// <summary>Setting times.</summary>
    Metadata = 16,
    /// <summary>Everything that changes something.</summary>
    Change = Write | Create | Delete | Metadata,
    /// <summary>Everything.</summary>
    All = Read | Change,
}
