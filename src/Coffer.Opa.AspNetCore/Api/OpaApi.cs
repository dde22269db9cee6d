using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Opa.AspNetCore.Api;

/// <summary>The endpoints of Open Policy Agent's REST API.</summary>
internal static class OpaApi
{
    private const string DefaultDecision = "system/main";

    public static void Map(IEndpointRouteBuilder endpoints, DecisionService decisions)
    {
        var data = new DataEndpoints(decisions);
        endpoints.MapGet("/v1/data/{**path}", Endpoint(data.GetAsync));
        endpoints.MapPost("/v1/data/{**path}", Endpoint(data.PostAsync));
        endpoints.MapPut("/v1/data/{**path}", Endpoint(data.PutAsync));
        endpoints.MapPatch("/v1/data/{**path}", Endpoint(data.PatchAsync));
        endpoints.MapDelete("/v1/data/{**path}", Endpoint(data.DeleteAsync));
        endpoints.MapPost("/v0/data/{**path}", Endpoint(data.PostPlainAsync));
        endpoints.MapPost("/", Endpoint((context, _) => data.PostPlainAsync(context, DefaultDecision)));
        endpoints.MapGet("/v1/policies", Endpoint((context, _) => ListPoliciesAsync(context, decisions)));
        endpoints.MapGet("/v1/policies/{**path}", Endpoint((context, path) => GetPolicyAsync(context, decisions, path)));
        endpoints.MapMethods("/v1/policies/{**path}", ["PUT", "DELETE"],
            Endpoint((_, _) => throw ApiError.NotSupported(
                "policies come compiled, with bundles: there is no compiler of Rego here")));
        endpoints.MapPost("/v1/compile/{**path}",
            Endpoint((_, _) => throw ApiError.NotSupported("compiled policies cannot be evaluated in part")));
        endpoints.MapMethods("/v1/query", ["GET", "POST"],
            Endpoint((_, _) => throw ApiError.NotSupported("compiled policies answer their entrypoints, not queries")));
        endpoints.MapGet("/v1/status",
            Endpoint((context, _) => ApiAnswer.WriteAsync(context, 200, RegoObject.Of(("result", Status(decisions))))));
        endpoints.MapGet("/v1/config",
            Endpoint((context, _) => ApiAnswer.WriteAsync(context, 200, RegoObject.Of(("result", RegoObject.Empty)))));
        foreach (var health in new[] { "/health", "/health/live", "/health/ready" })
        {
            endpoints.MapGet(health, Endpoint((context, _) => ApiAnswer.WriteAsync(context, 200, RegoObject.Empty)));
        }
    }

    private static RequestDelegate Endpoint(Func<HttpContext, string, Task> endpoint) => context =>
        ApiAnswer.RunAsync(context, () => endpoint(context, ((string?)context.Request.RouteValues["path"] ?? "").Trim('/')));

    private static Task ListPoliciesAsync(HttpContext context, DecisionService decisions) =>
        ApiAnswer.WriteAsync(context, 200, decisions.Use(policies =>
        RegoObject.Of(("result", new RegoArray(policies.Policies.Select(policy => Describe(policy.Name, policy.Policy)))))));

    private static Task GetPolicyAsync(HttpContext context, DecisionService decisions, string id) =>
        ApiAnswer.WriteAsync(context, 200, decisions.Use(policies =>
        policies.Policies.FirstOrDefault(policy => policy.Name == id) is { Policy: { } found }
            ? RegoObject.Of(("result", Describe(id, found)))
            : throw ApiError.NotFound($"storage_not_found_error: policy id \"{id}\"")));

    // There is no text of a compiled policy; what is known of it takes its place.
    private static RegoObject Describe(string name, Policy policy) => RegoObject.Of(
        ("id", name),
        ("abi", policy.AbiVersion.ToString()),
        ("entrypoints", new RegoArray(
            policy.Entrypoints.Order(StringComparer.Ordinal).Select(entrypoint => new RegoString(entrypoint)))),
        ("builtins", new RegoArray(policy.RequiredBuiltins.Select(builtin => new RegoString(builtin)))));

    private static RegoObject Status(DecisionService decisions) => RegoObject.Of(
        ("version", decisions.Version),
        ("bundles", decisions.Use(policies => RegoObject.Of(policies.Bundles.Select(bundle => (
            bundle.Name, (RegoValue)RegoObject.Of(
                ("active_revision", bundle.Bundle.Manifest.Revision), ("digest", bundle.Bundle.Digest))))))));
}
