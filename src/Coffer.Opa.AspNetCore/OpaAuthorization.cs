using Coffer.Opa.Decisions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coffer.Opa.AspNetCore;

/// <summary>What a request must fulfil: a rule must be <c>true</c> for it.</summary>
/// <param name="path">The path of the rule, such as <c>example/allow</c>.</param>
public sealed class OpaRequirement(string path) : IAuthorizationRequirement
{
    /// <summary>The path of the rule.</summary>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public override string ToString() => $"the rule {Path} is true";
}

/// <summary>Decides about <see cref="OpaRequirement"/> by policies. A decision that fails allows nothing.</summary>
internal sealed partial class OpaAuthorizationHandler(
    DecisionService decisions, OpaInput input, IHttpContextAccessor requests, ILogger<OpaAuthorizationHandler> logger)
        : AuthorizationHandler<OpaRequirement>
{
    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OpaRequirement requirement)
    {
        if ((context.Resource as HttpContext ?? requests.HttpContext) is not { } http)
        {
            context.Fail(new AuthorizationFailureReason(this, "There is no HTTP request to decide about."));
            return Task.CompletedTask;
        }

        try
        {
            var decision = decisions.Decide(
                requirement.Path, input.Of(http, context.User), http.Connection.RemoteIpAddress?.ToString(),
                http.RequestAborted);
            if (decision.IsTrue) context.Succeed(requirement);
            else context.Fail(new AuthorizationFailureReason(
                this, $"{requirement.Path} is {decision.Value?.ToString() ?? "undefined"} (decision {decision.Id})"));
        }
        catch (PolicyException exception)
        {
            LogFailure(logger, requirement.Path, exception);
            context.Fail(new AuthorizationFailureReason(this, exception.Message));
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(1300, LogLevel.Error, "The rule {Path} could not be evaluated, and the request is refused")]
    private static partial void LogFailure(ILogger logger, string path, Exception exception);
}
