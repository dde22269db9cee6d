using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Headers, trailers and metadata.</summary>
internal static class HeaderFunctions
{
    private const int MaximumKind = (int)MapKind.HttpCallResponseTrailers;

    public static void Define(HostFunctions host)
    {
        host.Is("proxy_get_header_map_size", GetSize);
        host.Is("proxy_get_header_map_pairs", GetPairs);
        host.Is("proxy_set_header_map_pairs", SetPairs);
        host.Is("proxy_get_header_map_value", GetValue);
        host.Is("proxy_add_header_map_value", (call, kind, key, keySize, value, valueSize) =>
            Change(call, kind, key, keySize, value, valueSize, static (map, name, text) => map.TryAdd(name, text)));
        host.Is("proxy_replace_header_map_value", (call, kind, key, keySize, value, valueSize) =>
            Change(call, kind, key, keySize, value, valueSize, static (map, name, text) => map.TryReplace(name, text)));
        host.Is("proxy_remove_header_map_value", Remove);
    }

    /// <summary>A map of the running callback, else of the stream.</summary>
    private static HeaderMap? Find(HostCall call, int kind) => (MapKind)kind >= MapKind.GrpcCallInitialMetadata
        ? call.Vm.Data.Map((MapKind)kind)
        : call.Stream?.Map((MapKind)kind);

    private static ProxyStatus GetSize(HostCall call, int kind, int result)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (Find(call, kind) is not { } map) return ProxyStatus.NotFound;
        return call.TryWrite(result, Pairs.SizeOf(Copy(map))) ? ProxyStatus.Ok : ProxyStatus.InvalidMemoryAccess;
    }

    private static ProxyStatus GetPairs(HostCall call, int kind, int pointerTo, int sizeTo)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (Find(call, kind) is not { } map) return ProxyStatus.NotFound;
        var pairs = Copy(map);
        var status = call.Allocate(Pairs.SizeOf(pairs), pointerTo, sizeTo, out var target);
        if (status == ProxyStatus.Ok) Pairs.Write(pairs, target);
        return status;
    }

    private static ProxyStatus SetPairs(HostCall call, int kind, int pointer, int size)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (!call.TryRead(pointer, size, out var source)) return ProxyStatus.InvalidMemoryAccess;
        if (Find(call, kind) is not { } map) return ProxyStatus.NotFound;
        return Pairs.TryRead(source, out var pairs) && map.TrySet(pairs) ? ProxyStatus.Ok : ProxyStatus.BadArgument;
    }

    private static ProxyStatus GetValue(HostCall call, int kind, int key, int keySize, int pointerTo, int sizeTo)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (!call.TryReadText(key, keySize, out var name)) return ProxyStatus.InvalidMemoryAccess;
        return Find(call, kind)?.Find(name) is { } value ? call.Return(value, pointerTo, sizeTo) : ProxyStatus.NotFound;
    }

    private static ProxyStatus Change(
        HostCall call, int kind, int key, int keySize, int value, int valueSize, Func<HeaderMap, string, string, bool> change)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (!call.TryReadText(key, keySize, out var name) || !call.TryReadText(value, valueSize, out var text)) return ProxyStatus.InvalidMemoryAccess;
        return Find(call, kind) is { } map && change(map, name, text) ? ProxyStatus.Ok : ProxyStatus.BadArgument;
    }

    private static ProxyStatus Remove(HostCall call, int kind, int key, int keySize)
    {
        if ((uint)kind > MaximumKind) return ProxyStatus.BadArgument;
        if (!call.TryReadText(key, keySize, out var name)) return ProxyStatus.InvalidMemoryAccess;
        return Find(call, kind) is { } map && map.TryRemove(name) ? ProxyStatus.Ok : ProxyStatus.BadArgument;
    }

    private static List<KeyValuePair<string, string>> Copy(HeaderMap map)
    {
        var pairs = new List<KeyValuePair<string, string>>(map.Count);
        map.CopyTo(pairs);
        return pairs;
    }
}
