using System.Net;
using Coffer.ProxyWasm.AspNetCore.Http;
using Coffer.ProxyWasm.HttpWasm;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.HttpWasm;

/// <summary>A request of ASP.NET as a handler of http-wasm sees it.</summary>
internal sealed class AspNetHttpWasmExchange(HttpContext context) : HttpWasmExchange
{
    private readonly RequestHeaderMap request = new(context.Request);

    public override string Method
    {
        get => context.Request.Method;
        set => request.TryReplace(":method", value);
    }

    public override string Uri
    {
        get => request.Find(":path") is { Length: > 0 } path ? path : "/";
        set => request.TryReplace(":path", value.StartsWith('/') ? value : "/" + value);
    }

    // ASP.NET leaves out the zero that the ABI has.
    public override string ProtocolVersion => context.Request.Protocol switch
    {
        "HTTP/2" => "HTTP/2.0",
        "HTTP/3" => "HTTP/3.0",
        var other => other,
    };

    public override string SourceAddress
    {
        get
        {
            var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
            return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, context.Connection.RemotePort).ToString();
        }
    }

    public override int StatusCode
    {
        get => context.Response.StatusCode;
        set => context.Response.StatusCode = value;
    }

    public override bool CanChangeResponse => !context.Response.HasStarted;

    public override HeaderMap? Headers(int kind) => kind switch
    {
        0 => new HttpHeaderMap(context.Request.Headers),
        1 => new ResponseHeaderMap(context.Response),
        2 => context.Request.CheckTrailersAvailable() && context.Features.Get<IHttpRequestTrailersFeature>()?.Trailers is { } trailers ? new HttpHeaderMap(trailers) : null,
        _ => context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers ? new HttpHeaderMap(trailers) : null,
    };
}
