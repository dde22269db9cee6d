using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Abi;

/// <summary>What goes on, ends, or is answered by the filter itself.</summary>
internal static class StreamFunctions
{
    private const int MaximumKind = (int)StreamKind.Upstream;

    private static readonly HashSet<string> OfOneMessage = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length",
    };

    public static void Define(HostFunctions host)
    {
        host.Is("proxy_continue_stream", Continue);
        host.Is("proxy_continue_request", call => Continue(call, (int)StreamKind.HttpRequest));
        host.Is("proxy_continue_response", call => Continue(call, (int)StreamKind.HttpResponse));
        host.Is("proxy_close_stream", (call, kind) =>
            (uint)kind <= MaximumKind && call.Stream?.Close((StreamKind)kind) == true ? ProxyStatus.Ok : ProxyStatus.BadArgument);
        // The route is chosen when the request leaves the chain, by what its headers are then: there is nothing to clear.
        host.Is("proxy_clear_route_cache", _ => ProxyStatus.Ok);
        host.Is("proxy_get_status", GetStatus);
        host.Add("proxy_send_local_response", () => SendLocalResponse);
    }

    private static ProxyStatus Continue(HostCall call, int kind)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        return call.Stream?.Continue((StreamKind)kind) == true ? ProxyStatus.Ok : ProxyStatus.Unimplemented;
    }

    private static ProxyStatus GetStatus(HostCall call, int codeTo, int pointerTo, int sizeTo)
    {
        if (!call.TryWrite(codeTo, call.Vm.Data.Status)) return ProxyStatus.InvalidMemoryAccess;
        return call.Return(call.Vm.Data.StatusMessage, pointerTo, sizeTo);
    }

    private static int SendLocalResponse(
        Caller caller, int code, int details, int detailsSize, int body, int bodySize, int headers, int headersSize, int grpcStatus)
    {
        var call = new HostCall(caller);
        if (!call.TryReadText(details, detailsSize, out var why)
            || !call.TryReadBytes(body, bodySize, out var content)
            || !call.TryRead(headers, headersSize, out var pairs))
        {
            return (int)ProxyStatus.InvalidMemoryAccess;
        }

        if (code is < 200 or > 599 || bodySize > call.Root.Options.BufferLimit) return (int)ProxyStatus.BadArgument;
        if (!Pairs.TryRead(pairs, out var list)) return (int)ProxyStatus.BadArgument;
        if (list.Exists(pair => !HeaderMap.IsName(pair.Key) || !HeaderMap.IsValue(pair.Value))) return (int)ProxyStatus.BadArgument;
        // Filters pass on what an upstream answered: what is of that response alone is left out.
        list.RemoveAll(pair => pair.Key.StartsWith(':') || OfOneMessage.Contains(pair.Key));

        var response = new LocalResponse(code, why)
        {
            Body = content,
            Headers = list,
            GrpcStatus = grpcStatus < 0 ? null : grpcStatus,
        };
        return (int)(call.Stream?.TryRespond(response) == true ? ProxyStatus.Ok : ProxyStatus.BadArgument);
    }
}
