using System.Text;
using Coffer.ProxyWasm.Calls;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Calls of upstreams by HTTP and gRPC, and of functions of the host.</summary>
internal static class CallFunctions
{
    private static readonly string[] Required = [":authority", ":method", ":path"];

    public static void Define(HostFunctions host)
    {
        host.Add("proxy_http_call", () => HttpCall);
        host.Add("proxy_grpc_call", () => GrpcCall);
        host.Add("proxy_grpc_stream", () => GrpcStream);
        host.Is("proxy_grpc_send", (call, id, pointer, size, endOfStream) => call.TryRead(pointer, size, out var message)
            ? call.Root.Calls.SendGrpc(id, message, endOfStream != 0)
            : ProxyStatus.InvalidMemoryAccess);
        host.Is("proxy_grpc_cancel", (call, id) => call.Root.Calls.CancelGrpc(id));
        host.Is("proxy_grpc_close", (call, id) => call.Root.Calls.CloseGrpc(id));
        host.Add("proxy_call_foreign_function", () => CallForeignFunction);
    }

    private static int HttpCall(
        Caller caller, int upstream, int upstreamSize, int headers, int headersSize, int body, int bodySize,
        int trailers, int trailersSize, int timeout, int idTo)
    {
        var call = new HostCall(caller);
        if (!call.TryReadText(upstream, upstreamSize, out var name)
            || !call.TryRead(headers, headersSize, out var headerBytes)
            || !call.TryReadBytes(body, bodySize, out var content)
            || !call.TryRead(trailers, trailersSize, out var trailerBytes)
            || !call.TryWrite(idTo, 0))
        {
            return (int)ProxyStatus.InvalidMemoryAccess;
        }

        if (!Pairs.TryRead(headerBytes, out var headerPairs) || !Pairs.TryRead(trailerBytes, out var trailerPairs)) return (int)ProxyStatus.BadArgument;
        var request = new CallRequest(name, headerPairs, content, trailerPairs);
        if (!call.Root.Calls.Knows(name) || Array.Exists(Required, key => request.Header(key) is null)) return (int)ProxyStatus.BadArgument;
        var id = call.Root.Calls.Send(request, TimeSpan.FromMilliseconds((uint)timeout));
        if (id == 0) return (int)ProxyStatus.InternalFailure;
        call.TryWrite(idTo, id);
        return (int)ProxyStatus.Ok;
    }

    private static int GrpcCall(
        Caller caller, int upstream, int upstreamSize, int service, int serviceSize, int method, int methodSize,
        int metadata, int metadataSize, int message, int messageSize, int timeout, int idTo)
    {
        var call = new HostCall(caller);
        if (!call.TryReadBytes(message, messageSize, out var content)) return (int)ProxyStatus.InvalidMemoryAccess;
        return OpenGrpc(
            call, (upstream, upstreamSize), (service, serviceSize), (method, methodSize), (metadata, metadataSize), content,
            TimeSpan.FromMilliseconds((uint)timeout), idTo);
    }

    private static int GrpcStream(
        Caller caller, int upstream, int upstreamSize, int service, int serviceSize, int method, int methodSize,
        int metadata, int metadataSize, int idTo) => OpenGrpc(
            new HostCall(caller), (upstream, upstreamSize), (service, serviceSize), (method, methodSize), (metadata, metadataSize),
            null, TimeSpan.Zero, idTo);

    private static int OpenGrpc(
        HostCall call, (int Pointer, int Size) upstream, (int Pointer, int Size) service, (int Pointer, int Size) method,
        (int Pointer, int Size) metadata, byte[]? message, TimeSpan timeout, int idTo)
    {
        if (!call.TryReadText(upstream.Pointer, upstream.Size, out var name)
            || !call.TryReadText(service.Pointer, service.Size, out var serviceName)
            || !call.TryReadText(method.Pointer, method.Size, out var methodName)
            || !call.TryRead(metadata.Pointer, metadata.Size, out var metadataBytes)
            || !call.TryWrite(idTo, 0))
        {
            return (int)ProxyStatus.InvalidMemoryAccess;
        }

        if (!Pairs.TryRead(metadataBytes, out var pairs)) return (int)ProxyStatus.BadArgument;
        if (!call.Root.Calls.Knows(name)) return (int)ProxyStatus.ParseFailure;
        var id = call.Root.Calls.OpenGrpc(new GrpcRequest(name, serviceName, methodName, pairs), message, timeout);
        if (id == 0) return (int)ProxyStatus.InternalFailure;
        call.TryWrite(idTo, id);
        return (int)ProxyStatus.Ok;
    }

    private static int CallForeignFunction(
        Caller caller, int name, int nameSize, int arguments, int argumentsSize, int pointerTo, int sizeTo)
    {
        var call = new HostCall(caller);
        if (!call.TryRead(name, nameSize, out var key) || !call.TryReadBytes(arguments, argumentsSize, out var content)) return (int)ProxyStatus.InvalidMemoryAccess;
        if (!call.Vm.Host.ForeignFunctions.TryGetValue(Encoding.UTF8.GetString(key), out var function)) return (int)ProxyStatus.NotFound;
        if (function(content) is not { } result) return (int)ProxyStatus.BadArgument;
        // Results are optional: whoever passes null does not want them.
        if (pointerTo == 0 && sizeTo == 0) return (int)ProxyStatus.Ok;
        return (int)call.Return(result, pointerTo, sizeTo);
    }
}
