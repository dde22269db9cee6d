using System.Text.Json.Nodes;
using Coffer.Edge.Deployment;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>Deploys and takes back: modules by their digests, and versions of apps by modules.</summary>
internal static class DeploymentEndpoints
{
    public static void Map(IEndpointRouteBuilder api, AdminServices services)
    {
        api.MapPut("/modules/{digest}", context => UploadAsync(services, context));
        api.MapPost("/apps/{app}/deployments", context => DeployAsync(services, context));
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
        // A client that leaves does not leave a deployment half done: it is done or it is not.
        var result = await deployments.DeployAsync(App(context), request, context.RequestAborted).ConfigureAwait(false);
        await AdminJson.WriteAsync(context, result, result.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK).ConfigureAwait(false);
    }

    private sealed record DeploymentBody
    {
        public required string Digest { get; init; }

        public JsonObject? Settings { get; init; }

        public int? Canary { get; init; }
    }

    private sealed record WeightBody(int Weight);

    private sealed record RollbackBody(int? Version);
}
