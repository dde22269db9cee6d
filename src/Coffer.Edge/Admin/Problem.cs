using System.Text.Json;
using Coffer.Edge.Deployment;
using Coffer.Stores;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Coffer.Edge.Admin;

/// <summary>Errors as clients of the API get them (RFC 9457).</summary>
internal static class Problem
{
    private const string MediaType = "application/problem+json";

    /// <summary>Answers with a problem, unless the answer has begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="code">A word for programs, which does not change.</param>
    /// <param name="detail">What a person reads: what happened, and what to do.</param>
    public static async Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        // What was set for the answer that is not given; what guards the browser stays.
        context.Response.Headers.ContentLength = null;
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        var body = new ProblemBody("about:blank", ReasonPhrases.GetReasonPhrase(status), status, code, detail);
        await JsonSerializer.SerializeAsync(context.Response.Body, body, JsonSerializerOptions.Web, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The status and the word of what was thrown; null where it is a mistake of the server.</summary>
    public static (int Status, string Code)? Of(Exception exception) => exception switch
    {
        DeploymentException { Failure: var failure } => (StatusOf(failure), DeploymentFailures.WordOf(failure)),
        KeyValueException { Failure: var failure } => failure switch
        {
            KeyValueFailure.InvalidKey or KeyValueFailure.InvalidArgument => (StatusCodes.Status400BadRequest, "invalid"),
            KeyValueFailure.ValueTooLarge or KeyValueFailure.MetadataTooLarge => (StatusCodes.Status413PayloadTooLarge, "too-large"),
            KeyValueFailure.StoreFull => (StatusCodes.Status507InsufficientStorage, "store-full"),
            _ => (StatusCodes.Status503ServiceUnavailable, "unavailable"),
        },
        BadHttpRequestException bad => (bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "too-large" : "invalid"),
        JsonException => (StatusCodes.Status400BadRequest, "invalid"),
        _ => null,
    };

    private static int StatusOf(DeploymentFailure failure) => failure switch
    {
        DeploymentFailure.NotFound => StatusCodes.Status404NotFound,
        DeploymentFailure.Invalid => StatusCodes.Status400BadRequest,
        DeploymentFailure.Conflict => StatusCodes.Status409Conflict,
        DeploymentFailure.TooLarge => StatusCodes.Status413PayloadTooLarge,
        DeploymentFailure.WrongDigest or DeploymentFailure.NotLoadable or DeploymentFailure.Unhealthy => StatusCodes.Status422UnprocessableEntity,
        DeploymentFailure.Storage => StatusCodes.Status507InsufficientStorage,
        DeploymentFailure.Busy => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private sealed record ProblemBody(string Type, string Title, int Status, string Code, string Detail);
}
