using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Admin;

/// <summary>The JSON of the API.</summary>
internal static class AdminJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        MaxDepth = 16,
    };

    /// <summary>Answers with a value.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, Options, context.RequestAborted);
    }

    /// <summary>A value as one line.</summary>
    public static byte[] Line<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="JsonException">It is not what is expected.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Options, context.RequestAborted).ConfigureAwait(false)
                ?? throw new JsonException("the body is null");
        }
        catch (JsonException exception)
        {
            throw new JsonException($"the body is not the JSON that is expected: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the body of a request, which may be empty.</summary>
    /// <exception cref="JsonException">It is not what is expected.</exception>
    public static async Task<T> ReadOrAsync<T>(HttpContext context, T otherwise) =>
        context.Request.ContentLength is null or 0 && !context.Request.Headers.TransferEncoding.Contains("chunked", StringComparer.OrdinalIgnoreCase)
            ? otherwise
            : await ReadAsync<T>(context).ConfigureAwait(false);

    /// <summary>A number in the query.</summary>
    /// <exception cref="BadHttpRequestException">It is none.</exception>
    public static long? Number(HttpContext context, string name, long minimum, long maximum)
    {
        if (context.Request.Query[name].ToString() is not { Length: > 0 } text) return null;
        return long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new BadHttpRequestException($"{name} is a number from {minimum} to {maximum}");
    }

    /// <summary>A part of the path.</summary>
    public static string Part(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}
