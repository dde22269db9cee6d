using System.Security.Claims;
using Coffer.Opa.Values;
using Microsoft.AspNetCore.Http;

namespace Coffer.Opa.AspNetCore;

/// <summary>
/// What a policy is told of a request: <c>method</c>, <c>path</c> (its parts), <c>query</c>, <c>route</c> (the values of the
/// route), <c>headers</c> (those that are named, in lower case), <c>user</c> and <c>claims</c>. Override <see cref="Of"/> to
/// tell something else.
/// </summary>
public class OpaInput
{
    /// <summary>The headers that a policy sees; none by default, since they may hold secrets that a log would keep.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>The input for a request.</summary>
    public virtual RegoValue Of(HttpContext request, ClaimsPrincipal user)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(user);
        return RegoObject.Of(
            ("method", request.Request.Method),
            ("path", Texts((request.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries))),
            ("query", RegoObject.Of(request.Request.Query.Select(pair => (pair.Key, (RegoValue)Texts(pair.Value))))),
            ("route", RegoObject.Of(request.Request.RouteValues.Select(pair => (pair.Key, (RegoValue)$"{pair.Value}")))),
            ("headers", RegoObject.Of(
                Headers.Where(request.Request.Headers.ContainsKey)
                    .Select(name => (name.ToLowerInvariant(), (RegoValue)Texts(request.Request.Headers[name]))))),
            ("user", user.Identity is { IsAuthenticated: true, Name: { } name } ? new RegoString(name) : RegoNull.Value),
            ("claims", RegoObject.Of(
                user.Claims.GroupBy(claim => claim.Type, StringComparer.Ordinal)
                    .Select(claims => (claims.Key, (RegoValue)Texts(claims.Select(claim => claim.Value)))))));
    }

    private static RegoArray Texts(IEnumerable<string?> texts) =>
        new RegoArray(texts.Select(text => new RegoString(text ?? "")));
}
