using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Deployment;

/// <summary>What is logged of deployments.</summary>
internal static partial class DeploymentLog
{
    [LoggerMessage(1400, LogLevel.Information, "{App}: {Kind}: {Text}")]
    public static partial void Happened(ILogger logger, string app, string kind, string text);

    [LoggerMessage(1401, LogLevel.Error, "{App} was deployed and is not served: {Reason}")]
    public static partial void Skipped(ILogger logger, string app, string reason);

    [LoggerMessage(1402, LogLevel.Information, "{Count} modules that no version needs were removed")]
    public static partial void Collected(ILogger logger, int count);

    [LoggerMessage(1403, LogLevel.Error, "{App}: {Text}. This could not be written down: {Reason}")]
    public static partial void NotNoted(ILogger logger, string app, string text, string reason);

    [LoggerMessage(1404, LogLevel.Warning, "{Count} deployments that nobody waited for were interrupted when the server ended")]
    public static partial void Interrupted(ILogger logger, int count);

    [LoggerMessage(1405, LogLevel.Critical, "{App}: a deployment failed by a mistake of the server")]
    public static partial void Mistaken(ILogger logger, Exception exception, string app);
}
