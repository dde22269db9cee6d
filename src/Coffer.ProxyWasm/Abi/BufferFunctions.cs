namespace Coffer.ProxyWasm.Abi;

/// <summary>Bodies, data of connections, and configurations.</summary>
internal static class BufferFunctions
{
    private const int MaximumKind = (int)BufferKind.ForeignFunctionArguments;

    public static void Define(HostFunctions host)
    {
        host.Is("proxy_get_buffer_bytes", Get);
        host.Is("proxy_set_buffer_bytes", Set);
        host.Is("proxy_get_buffer_status", GetStatus);
        host.Is("proxy_get_configuration", (call, pointerTo, sizeTo) =>
            call.Return(call.Root.Options.Configuration.Span, pointerTo, sizeTo));
    }

    private static bool TryFind(HostCall call, int kind, out ReadOnlySpan<byte> content)
    {
        content = default;
        switch ((BufferKind)kind)
        {
            case BufferKind.VmConfiguration:
                content = call.Root.Options.VmConfiguration.Span;
                return true;
            case BufferKind.PluginConfiguration:
                content = call.Root.Options.Configuration.Span;
                return true;
            case BufferKind.HttpCallResponseBody or BufferKind.GrpcCallMessage or BufferKind.ForeignFunctionArguments:
                content = call.Vm.Data.Body;
                return call.Vm.Data is { Body: not null } data && data.BodyKind == (BufferKind)kind;
            default:
                if (call.Stream?.Buffer((BufferKind)kind) is not { } buffer) return false;
                content = buffer.Content;
                return true;
        }
    }

    private static ProxyStatus Get(HostCall call, int kind, int start, int maximum, int pointerTo, int sizeTo)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if ((ulong)(uint)start + (uint)maximum > uint.MaxValue) return ProxyStatus.BadArgument;
        if (!TryFind(call, kind, out var content)) return ProxyStatus.NotFound;
        var from = (int)Math.Min((uint)start, (uint)content.Length);
        var length = (int)Math.Min((uint)maximum, (uint)(content.Length - from));
        return call.Return(content.Slice(from, length), pointerTo, sizeTo);
    }

    private static ProxyStatus Set(HostCall call, int kind, int start, int size, int pointer, int length)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (kind > (int)BufferKind.UpstreamData) return ProxyStatus.BadArgument;
        if (!call.TryRead(pointer, length, out var bytes)) return ProxyStatus.InvalidMemoryAccess;
        if (call.Stream?.Buffer((BufferKind)kind) is not { } buffer) return ProxyStatus.NotFound;
        var kept = buffer.Length - (long)Math.Min((uint)size, (uint)Math.Max(0L, buffer.Length - (uint)start));
        if (kept + bytes.Length > Math.Max(call.Root.Options.BufferLimit, buffer.Length)) return ProxyStatus.InternalFailure;
        buffer.Replace((uint)start, (uint)size, bytes);
        return ProxyStatus.Ok;
    }

    private static ProxyStatus GetStatus(HostCall call, int kind, int sizeTo, int flagsTo)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (!TryFind(call, kind, out var content)) return ProxyStatus.NotFound;
        return call.TryWrite(sizeTo, content.Length) && call.TryWrite(flagsTo, 0) ? ProxyStatus.Ok : ProxyStatus.InvalidMemoryAccess;
    }
}
