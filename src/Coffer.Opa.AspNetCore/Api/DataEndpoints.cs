using System.Diagnostics;
using Coffer.Opa.Builtins;
using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Microsoft.AspNetCore.Http;

namespace Coffer.Opa.AspNetCore.Api;

/// <summary>Decisions, and data that is read and changed.</summary>
internal sealed class DataEndpoints(DecisionService decisions)
{
    // What a change of data looks at and what it does must not be torn apart by another change.
    private readonly Lock changing = new();

    public Task GetAsync(HttpContext context, string path)
    {
        var input = context.Request.Query.TryGetValue("input", out var text)
            ? ApiAnswer.Parse(System.Text.Encoding.UTF8.GetBytes(text.ToString()),
                "parameter contains malformed input document")
            : null;
        return DecideAsync(context, path, input, warning: null);
    }

    public async Task PostAsync(HttpContext context, string path)
    {
        var start = Stopwatch.GetTimestamp();
        var body = await ApiAnswer.ReadDocumentAsync(context).ConfigureAwait(false);
        if (body is not (null or RegoObject)) throw ApiError.InvalidParameter(
            "body contains malformed input document: it must be an object with the key \"input\"");
        var input = (body as RegoObject)?["input"];
        var warning = input is null ? "'input' key missing from the request" : null;
        await DecideAsync(context, path, input, warning, Stopwatch.GetElapsedTime(start)).ConfigureAwait(false);
    }

    /// <summary>The older form: the body is the input, and the answer the value.</summary>
    public async Task PostPlainAsync(HttpContext context, string path)
    {
        var input = await ApiAnswer.ReadDocumentAsync(context).ConfigureAwait(false);
        var decision = Decide(context, path, input);
        await ApiAnswer.WriteAsync(context, 200, decision.Value ?? throw ApiError.Undefined(path)).ConfigureAwait(false);
    }

    public async Task PutAsync(HttpContext context, string path)
    {
        var value = await ApiAnswer.ReadDocumentAsync(context).ConfigureAwait(false)
            ?? throw ApiError.InvalidParameter("the body is empty");
        var keys = Keys(path);
        lock (changing)
        {
            decisions.Use(policies =>
            {
                if (context.Request.Headers.IfNoneMatch == "*" && PolicyPath.Find(policies.Data, keys) is not null)
                {
                    context.Response.StatusCode = StatusCodes.Status304NotModified;
                    return false;
                }

                if (keys.Length == 0) policies.SetData(
                    value as RegoObject ?? throw ApiError.InvalidParameter("the data as a whole must be an object"));
                else policies.SetData(keys, value);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return true;
            });
        }
    }

    public async Task PatchAsync(HttpContext context, string path)
    {
        if (await ApiAnswer.ReadDocumentAsync(context)
            .ConfigureAwait(false) is not RegoArray changes) throw ApiError.InvalidParameter(
                "the body must be an array of JSON Patch operations");
        var keys = Keys(path);
        lock (changing)
        {
            decisions.Use(policies =>
            {
                // All of them or none.
                var target = PolicyPath.Find(policies.Data, keys)
                    ?? throw ApiError.NotFound($"storage_not_found_error: /{path}: document does not exist");
                foreach (var change in changes)
                {
                    if (change is not RegoObject operation) throw ApiError.InvalidParameter(
                        "the body must be an array of JSON Patch operations");
                    target = Apply(target, operation);
                }

                if (keys.Length > 0) policies.SetData(keys, target);
                else policies.SetData(target as RegoObject
                    ?? throw ApiError.InvalidParameter("the data as a whole must be an object"));
                return true;
            });
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public Task DeleteAsync(HttpContext context, string path)
    {
        var keys = Keys(path);
        if (keys.Length == 0) throw ApiError.InvalidParameter(
            "the data as a whole cannot be deleted; put an empty object in its place");
        lock (changing)
        {
            decisions.Use(policies =>
            {
                if (PolicyPath.Find(policies.Data, keys) is null) throw ApiError.NotFound(
                    $"storage_not_found_error: /{path}: document does not exist");
                policies.RemoveData(keys);
                return true;
            });
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static RegoValue Apply(RegoValue target, RegoObject operation)
    {
        try
        {
            return JsonPatching.Apply(target, operation)
                ?? throw ApiError.NotFound($"storage_not_found_error: {operation["path"]}: document does not exist");
        }
        catch (BuiltinException exception)
        {
            throw ApiError.InvalidParameter(exception.Message);
        }
    }

    private async Task DecideAsync(
        HttpContext context, string path, RegoValue? input, string? warning, TimeSpan parsing = default)
    {
        var decision = Decide(context, path, input);
        var body = new List<KeyValuePair<RegoValue, RegoValue>> { new("decision_id", decision.Id) };
        if (decision.Value is not null) body.Add(new("result", decision.Value));
        if (warning is not null) body.Add(
            new("warning", new RegoObject(new("code", "api_usage_warning"), new("message", warning))));
        if (ApiAnswer.IsSet(context, "metrics") || ApiAnswer.IsSet(context, "instrument"))
        {
            body.Add(new("metrics", new RegoObject(
                new("timer_rego_input_parse_ns", ApiAnswer.Nanoseconds(parsing)),
                new("timer_rego_query_eval_ns", ApiAnswer.Nanoseconds(decision.Elapsed)),
                new("timer_server_handler_ns", ApiAnswer.Nanoseconds(parsing + decision.Elapsed)))));
        }

        if (ApiAnswer.IsSet(context, "provenance"))
        {
            var bundles = decisions.Use(policies => RegoObject.Of(policies.Bundles.Select(bundle => (
                bundle.Name, (RegoValue)RegoObject.Of(("revision", bundle.Bundle.Manifest.Revision))))));
            body.Add(new("provenance", RegoObject.Of(("bundles", bundles))));
        }

        await ApiAnswer.WriteAsync(context, 200, new RegoObject(body)).ConfigureAwait(false);
    }

    private Decision Decide(HttpContext context, string path, RegoValue? input)
    {
        var decision = decisions.Decide(path, input, context.Connection.RemoteIpAddress?.ToString(), context.RequestAborted);
        if (decision.BuiltinErrors.Count > 0 && ApiAnswer.IsSet(context, "strict-builtin-errors"))
        {
            throw new PolicyException(PolicyErrorKind.BuiltinFailed, decision.BuiltinErrors[0]);
        }

        return decision;
    }

    private static string[] Keys(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
