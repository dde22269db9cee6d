using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Routing;

/// <summary>Which requests go where. Immutable.</summary>
internal sealed record Route
{
    private static readonly SearchValues<char> PatternCharacters = SearchValues.Create("*{}?#%");

    /// <summary>The host; <c>*.example.com</c> for all below it, null for any.</summary>
    public string? Host { get; init; }

    /// <summary>The path with all below it, without a slash at the end; empty for any.</summary>
    public required string Path { get; init; }

    /// <summary>Whether nothing below the path is meant.</summary>
    public bool IsExact { get; init; }

    /// <summary>The methods; empty for any.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>What serves the requests.</summary>
    public required RouteTarget Target { get; init; }

    /// <summary>The route as a person writes it.</summary>
    public string Pattern => $"{Host}{(Path.Length == 0 ? "/" : Path)}";

    /// <summary>Reads <c>[host]/path</c>.</summary>
    /// <exception cref="FormatException">It is none; the message says what would be right.</exception>
    public static Route Parse(string text, RouteTarget target)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) throw new FormatException($"\"{text}\" is no route; write a path, such as /api, or a host and a path: api.example.com/");
        var host = text[..slash].ToLowerInvariant();
        var path = text[slash..].TrimEnd('/');
        if (host.Contains(':', StringComparison.Ordinal)) throw new FormatException($"\"{text}\" has a port; a route is for the host at any port");
        if (host.LastIndexOf('*') > 0 || host is ['*', not '.', ..] or "*") throw new FormatException($"\"{text}\" has a * that is not in place of whole names; write *.example.com");
        if (path.AsSpan().ContainsAny(PatternCharacters)) throw new FormatException($"\"{text}\" has a pattern in its path; a route is for its path and everything below");
        if (path.Split('/').Any(segment => segment is "." or "..") || path.Contains("//", StringComparison.Ordinal))
        {
            throw new FormatException($"\"{text}\" has an empty part, or one of dots, in its path");
        }

        return new Route { Host = host.Length == 0 ? null : host, Path = path, Target = target };
    }

    /// <summary>Whether requests with a method are meant.</summary>
    public bool Takes(string method)
    {
        if (Methods.Count == 0) return true;
        foreach (var known in Methods)
        {
            if (HttpMethods.Equals(known, method)) return true;
        }

        return false;
    }
}

/// <summary>What serves the requests of a route. Thread-safe.</summary>
internal abstract class RouteTarget
{
    /// <summary>Answers a request.</summary>
    public abstract Task ServeAsync(HttpContext context, RouteMatch match);
}
