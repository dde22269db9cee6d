using Coffer.Opa.Values;
using Microsoft.AspNetCore.Http;

namespace Coffer.Opa.AspNetCore.Api;

/// <summary>Writes answers, and reads what is asked.</summary>
internal static class ApiAnswer
{
    /// <summary>Runs an endpoint, whose errors become answers.</summary>
    public static async Task RunAsync(HttpContext context, Func<Task> endpoint)
    {
        try
        {
            await endpoint().ConfigureAwait(false);
        }
        catch (ApiError error)
        {
            await WriteAsync(context, error.Status, error.ToObject()).ConfigureAwait(false);
        }
        catch (PolicyException exception)
        {
            var error = exception.Kind == PolicyErrorKind.BadDocument
                ? ApiError.InvalidParameter(exception.Message)
                : ApiError.For(exception);
            await WriteAsync(context, error.Status, error.ToObject()).ConfigureAwait(false);
        }
    }

    public static async Task WriteAsync(HttpContext context, int status, RegoValue body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        byte[] bytes = [.. IsSet(context, "pretty") ? body.ToIndentedJsonBytes() : body.ToJsonBytes(), (byte)'\n'];
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Whether a parameter is there, with no value or one that is true.</summary>
    public static bool IsSet(HttpContext context, string name)
    {
        if (!context.Request.Query.TryGetValue(name, out var values)) return false;
        return values.ToString() is "" or "true" or "1";
    }

    public static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        return body.ToArray();
    }

    /// <summary>The body as a document; null when there is none.</summary>
    public static async Task<RegoValue?> ReadDocumentAsync(HttpContext context)
    {
        var body = await ReadBodyAsync(context).ConfigureAwait(false);
        return body.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0
            ? null
            : Parse(body, "body contains malformed input document", context.Request.ContentType);
    }

    public static RegoValue Parse(byte[] text, string what, string? type = null)
    {
        try
        {
            var isYaml = type is not null && type.Contains("yaml", StringComparison.OrdinalIgnoreCase);
            return isYaml ? RegoYaml.Read(System.Text.Encoding.UTF8.GetString(text)) : RegoValue.Parse(text);
        }
        catch (FormatException exception)
        {
            throw ApiError.InvalidParameter($"{what}: {exception.Message}");
        }
    }

    public static long Nanoseconds(TimeSpan time) => time.Ticks * 100;

}
