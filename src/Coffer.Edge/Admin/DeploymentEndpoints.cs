using System.Globalization;
using System.Text.Json.Nodes;
using Coffer.Edge.Deployment;
using Coffer.Edge.Deployment.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>Deploys and takes back: modules by their digests, and versions of apps by modules.</summary>
internal static class DeploymentEndpoints
{
    private const string RespondAsync = "respond-async";
    private const int OperationsAtOnce = 100;

    public static void Map(IEndpointRouteBuilder api, AdminServices services)
    {
        api.MapPut("/modules/{digest}", context => UploadAsync(services, context));
        api.MapPost("/apps/{app}/deployments", context => DeployAsync(services, context));
        api.MapGet("/operations", context => AdminJson.WriteAsync(
            context, services.RequireDeployments().Operations.List((int)(AdminJson.Number(context, "limit", 1, OperationTable.Kept) ?? OperationsAtOnce)).Select(Describe)));
        api.MapGet("/operations/{operation}", context =>
        {
            if (!long.TryParse(AdminJson.Part(context, "operation"), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw new DeploymentException(DeploymentFailure.NotFound, "there is no such operation");
            return AdminJson.WriteAsync(context, Describe(services.RequireDeployments().Operations.Get(id)));
        });
        api.MapPut("/apps/{app}/weight", async context =>
        {
            var weight = await AdminJson.ReadAsync<WeightBody>(context).ConfigureAwait(false);
            await services.RequireDeployments().SetWeightAsync(App(context), weight.Weight).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        api.MapPost("/apps/{app}/promote", async context =>
        {
            await services.RequireDeployments().PromoteAsync(App(context)).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        api.MapPost("/apps/{app}/abort", async context =>
        {
            await services.RequireDeployments().AbortAsync(App(context)).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        api.MapPost("/apps/{app}/rollback", async context =>
        {
            var to = await AdminJson.ReadOrAsync(context, new RollbackBody(null)).ConfigureAwait(false);
            var version = await services.RequireDeployments().RollBackAsync(App(context), to.Version).ConfigureAwait(false);
            await AdminJson.WriteAsync(context, new { App = App(context), Version = version }).ConfigureAwait(false);
        });
        api.MapDelete("/apps/{app}", async context =>
        {
            await services.RequireDeployments().RemoveAsync(App(context)).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
    }

    private static string App(HttpContext context) => AdminJson.Part(context, "app");

    private static async Task UploadAsync(AdminServices services, HttpContext context)
    {
        var digest = ModuleDigest.Parse(AdminJson.Part(context, "digest"));
        var deployments = services.RequireDeployments();
        if (context.Request.ContentLength > services.UploadBytes)
            throw new DeploymentException(DeploymentFailure.TooLarge, $"the module has {context.Request.ContentLength} bytes, and {services.UploadBytes} are allowed");
        // Counted as it is written.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        var (_, length) = await deployments.Store.Folder.PutModuleAsync(context.Request.Body, digest, services.UploadBytes, context.RequestAborted).ConfigureAwait(false);
        await AdminJson.WriteAsync(context, new { Digest = ModuleDigest.Format(digest), Length = length }, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private static async Task DeployAsync(AdminServices services, HttpContext context)
    {
        var deployments = services.RequireDeployments();
        var body = await AdminJson.ReadAsync<DeploymentBody>(context).ConfigureAwait(false);
        var request = new DeploymentRequest { Digest = ModuleDigest.Parse(body.Digest), Settings = body.Settings?.ToJsonString(), Canary = body.Canary };
        if (PrefersNoWait(context.Request.Headers))
        {
            var begun = deployments.Operations.Start(App(context), request);
            context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/v1/operations/{begun.Id}");
            context.Response.Headers["Preference-Applied"] = RespondAsync;
            await AdminJson.WriteAsync(context, Describe(begun), StatusCodes.Status202Accepted).ConfigureAwait(false);
            return;
        }

        // A client that leaves does not leave a deployment half done: it is done or it is not.
        var result = await deployments.DeployAsync(App(context), request, context.RequestAborted).ConfigureAwait(false);
        await AdminJson.WriteAsync(context, result, result.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK).ConfigureAwait(false);
    }

    // RFC 7240: preferences by commas, each with parameters of its own, which this one has none of.
    private static bool PrefersNoWait(IHeaderDictionary headers) => headers["Prefer"]
        .SelectMany(value => (value ?? "").Split(','))
        .Any(preference => preference.Split(';')[0].Trim().Equals(RespondAsync, StringComparison.OrdinalIgnoreCase));

    private static DeploymentOperation Describe(DeploymentOperation operation) => operation with { Digest = ModuleDigest.Format(operation.Digest) };

    private sealed record DeploymentBody
    {
        public required string Digest { get; init; }

        public JsonObject? Settings { get; init; }

        public int? Canary { get; init; }
    }

    private sealed record WeightBody(int Weight);

    private sealed record RollbackBody(int? Version);
}
