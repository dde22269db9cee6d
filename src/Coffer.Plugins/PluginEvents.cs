using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>What is logged about plugins.</summary>
internal static partial class PluginEvents
{
    [LoggerMessage(EventId = 2002, Level = LogLevel.Information, Message = "plugin {Plugin}: version {Version} from {Source} ({Digest}) takes the calls")]
    public static partial void Swapped(ILogger logger, string plugin, long version, string source, string digest);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Error, Message = "plugin {Plugin}: the version from {Source} was not loaded; what was there stays")]
    public static partial void NotLoaded(ILogger logger, string plugin, string source, Exception failure);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "plugin {Plugin}: rolled back to version {Version}")]
    public static partial void RolledBack(ILogger logger, string plugin, long version);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "plugin {Plugin}: a call of {Function} failed")]
    public static partial void Failed(ILogger logger, string plugin, string function, Exception failure);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Error, Message = "the folder {Folder} could not be looked at")]
    public static partial void FolderNotRead(ILogger logger, string folder, Exception failure);
}
