using System.Globalization;
using Coffer.Edge.Deployment;
using Coffer.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>What apps keep: their key-value stores, entry by entry, and the purge of their caches.</summary>
internal static class StoreEndpoints
{
    private const string GenerationHeader = "Coffer-Generation";

    public static void Map(IEndpointRouteBuilder api, AdminServices services)
    {
        api.MapGet("/apps/{app}/stores", async context => await AdminJson.WriteAsync(
            context, await services.Stores.Database.ListAsync(AppEndpoints.Find(services, context).Name, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false));
        api.MapDelete("/apps/{app}/stores/{store}", async context =>
        {
            var wasThere = await services.Stores.Database.RemoveAsync(
                AppEndpoints.Find(services, context).Name, AdminJson.Part(context, "store"), context.RequestAborted).ConfigureAwait(false);
            if (!wasThere) throw new DeploymentException(DeploymentFailure.NotFound, "there is no such store");
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        api.MapGet("/apps/{app}/stores/{store}/entries", context => ListAsync(Open(services, context), context));
        // The key is in the query: it may have slashes and dots, which paths lose.
        api.MapGet("/apps/{app}/stores/{store}/entry", context => GetAsync(Open(services, context), context));
        api.MapPut("/apps/{app}/stores/{store}/entry", context => PutAsync(Open(services, context), context));
        api.MapDelete("/apps/{app}/stores/{store}/entry", async context =>
        {
            var isGone = await Open(services, context).DeleteAsync(Key(context), AdminJson.Number(context, "generation", 1, long.MaxValue), context.RequestAborted).ConfigureAwait(false);
            if (!isGone) throw new DeploymentException(DeploymentFailure.NotFound, "there is no such entry (of that generation)");
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        api.MapPost("/apps/{app}/cache/purge", async context =>
        {
            var app = AppEndpoints.Find(services, context).Name;
            var body = await AdminJson.ReadAsync<PurgeBody>(context).ConfigureAwait(false);
            if (body.Key is null == !body.All) throw new BadHttpRequestException("say one of \"key\": \"…\" and \"all\": true");
            var cache = services.Stores.FindCacheOf(app);
            await AdminJson.WriteAsync(context, new { Purged = cache is null ? 0 : body.Key is { } key ? cache.Purge(key, body.Soft) : cache.PurgeAll(body.Soft) }).ConfigureAwait(false);
        });
    }

    private static KeyValueStore Open(AdminServices services, HttpContext context) =>
        services.Stores.Open(AppEndpoints.Find(services, context).Name, AdminJson.Part(context, "store"));

    private static string Key(HttpContext context) => context.Request.Query.TryGetValue("key", out var key) && key.Count == 1
        ? key.ToString()
        : throw new BadHttpRequestException("the key is in the query, once: ?key=…");

    private static async Task ListAsync(KeyValueStore store, HttpContext context)
    {
        var query = context.Request.Query;
        var page = await store.ListAsync(
            new KeyValueQuery
            {
                Prefix = query["prefix"].ToString(),
                Cursor = query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null,
                Limit = (int)(AdminJson.Number(context, "limit", 1, KeyValueQuery.MaximumLimit) ?? KeyValueQuery.Default.Limit),
            },
            context.RequestAborted).ConfigureAwait(false);
        await AdminJson.WriteAsync(context, page).ConfigureAwait(false);
    }

    private static async Task GetAsync(KeyValueStore store, HttpContext context)
    {
        var entry = await store.GetAsync(Key(context), context.RequestAborted).ConfigureAwait(false)
            ?? throw new DeploymentException(DeploymentFailure.NotFound, "there is no such entry");
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = entry.Value.Length;
        context.Response.Headers[GenerationHeader] = entry.Generation.ToString(CultureInfo.InvariantCulture);
        await context.Response.BodyWriter.WriteAsync(entry.Value, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task PutAsync(KeyValueStore store, HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = store.Limits.ValueBytes;
        var value = new MemoryStream();
        await context.Request.Body.CopyToAsync(value, context.RequestAborted).ConfigureAwait(false);
        var put = new KeyValuePut
        {
            IfGeneration = AdminJson.Number(context, "generation", 1, long.MaxValue),
            IfAbsent = context.Request.Query["absent"] == "true",
            TimeToLive = AdminJson.Number(context, "ttl", 1, int.MaxValue) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var generation = await store.PutAsync(Key(context), value.GetBuffer().AsMemory(0, (int)value.Length), put, context.RequestAborted).ConfigureAwait(false)
            ?? throw new DeploymentException(DeploymentFailure.Conflict, "the entry is not as the request says, and was left as it is");
        await AdminJson.WriteAsync(context, new { Generation = generation }).ConfigureAwait(false);
    }

    private sealed record PurgeBody
    {
        public string? Key { get; init; }

        public bool All { get; init; }

        public bool Soft { get; init; }
    }
}
