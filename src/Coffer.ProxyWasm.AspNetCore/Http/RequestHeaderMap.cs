using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>
/// The headers of a request, with what HTTP/1 has in its first line and in <c>Host</c> as the pseudo headers of HTTP/2.
/// </summary>
internal sealed class RequestHeaderMap(HttpRequest request) : HeaderMap
{
    private static readonly string[] Pseudo = [":authority", ":path", ":method", ":scheme"];
    private readonly IHeaderDictionary headers = request.Headers;

    public override int Count => headers.Count + Pseudo.Length - (headers.ContainsKey(HeaderNames.Host) ? 1 : 0);

    public override string? Find(string name) => name.Length > 0 && name[0] == ':'
        ? FindPseudo(name)
        : headers.TryGetValue(name, out var values) ? HttpHeaderMap.Join(values) : null;

    public override void CopyTo(List<KeyValuePair<string, string>> pairs)
    {
        foreach (var name in Pseudo) pairs.Add(new(name, FindPseudo(name)!));
        foreach (var (name, values) in headers)
        {
            // It is :authority.
            if (string.Equals(name, HeaderNames.Host, StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var value in values) pairs.Add(new(name, value ?? ""));
        }
    }

    protected override void AddValue(string name, string value)
    {
        if (name[0] == ':') ReplaceValue(name, value);
        else headers.Append(name, value);
    }

    protected override void ReplaceValue(string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case ":authority":
                request.Host = new HostString(value);
                break;
            // What is none would not be an error of the filter, but of whoever sends the request on.
            case ":method" when IsName(value) && value[0] != ':':
                request.Method = value;
                break;
            case ":scheme" when value is "http" or "https":
                request.Scheme = value;
                break;
            case ":path":
                SetPath(value);
                break;
            case [':', ..]:
                break;
            default:
                headers[name] = value;
                break;
        }
    }

    // There is no request without them; what a filter removes it usually sets again.
    protected override void RemoveValues(string name)
    {
        if (name[0] != ':') headers.Remove(name);
    }

    protected override void RemoveAll()
    {
        var host = request.Host;
        headers.Clear();
        request.Host = host;
    }

    private string? FindPseudo(string name) => name.ToLowerInvariant() switch
    {
        ":authority" => request.Host.Value ?? "",
        ":path" => Path(),
        ":method" => request.Method,
        ":scheme" => request.Scheme,
        _ => null,
    };

    private string Path()
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return target is ['/', ..] ? target : request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.Value;
    }

    private void SetPath(string target)
    {
        if (target is not ['/', ..]) return;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        request.Path = PathString.FromUriComponent(path);
        request.PathBase = default;
        request.QueryString = query < 0 ? default : new QueryString(target[query..]);
        if (request.HttpContext.Features.Get<IHttpRequestFeature>() is { } feature) feature.RawTarget = target;
    }
}
