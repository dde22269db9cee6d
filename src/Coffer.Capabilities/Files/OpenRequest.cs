using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>How a path is to be opened.</summary>
internal readonly record struct OpenRequest
{
    /// <summary>Bytes will be read.</summary>
    public bool Read { get; init; }

    /// <summary>Bytes will be written.</summary>
    public bool Write { get; init; }

    /// <summary>A file that is missing is made.</summary>
    public bool Create { get; init; }

    /// <summary>With <see cref="Create"/>: fail if there is something already.</summary>
    public bool Exclusive { get; init; }

    /// <summary>The file is emptied.</summary>
    public bool Truncate { get; init; }

    /// <summary>Anything but a directory is refused.</summary>
    public bool Directory { get; init; }

    /// <summary>A symbolic link at the end of the path is followed.</summary>
    public bool FollowFinal { get; init; }

    /// <summary>Every write goes to the end.</summary>
    public bool Append { get; init; }

    /// <summary>Every write waits until the content is on the device.</summary>
    public bool DataSync { get; init; }

    /// <summary>Every write waits until content and metadata are on the device.</summary>
    public bool Sync { get; init; }

    /// <summary>What a grant must allow for it. Who neither reads nor changes anything still learns of the file.</summary>
    public DirectoryAccess Access =>
        (Read || !(Write || Truncate || Append || Create) ? DirectoryAccess.Read : 0)
        | (Write || Truncate || Append ? DirectoryAccess.Write : 0)
        | (Create ? DirectoryAccess.Create : 0);
}
