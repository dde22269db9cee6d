using System.Text;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Properties of the plugin and of streams, by paths whose parts have zeros between them.</summary>
internal static class PropertyFunctions
{
    private const int MaximumPath = 1024;

    public static void Define(HostFunctions host)
    {
        host.Is("proxy_get_property", Get);
        host.Is("proxy_set_property", Set);
    }

    private static ProxyStatus Get(HostCall call, int path, int pathSize, int pointerTo, int sizeTo)
    {
        if (!TryReadPath(call, path, pathSize, out var key)) return ProxyStatus.InvalidMemoryAccess;
        if (OfPlugin(call.Root.Options, key) is { } text) return call.Return(text, pointerTo, sizeTo);
        return call.Stream?.Properties.Get(key) is { } value ? call.Return(value, pointerTo, sizeTo) : ProxyStatus.NotFound;
    }

    private static ProxyStatus Set(HostCall call, int path, int pathSize, int value, int valueSize)
    {
        if (!TryReadPath(call, path, pathSize, out var key) || !call.TryRead(value, valueSize, out var bytes)) return ProxyStatus.InvalidMemoryAccess;
        if (key.Length == 0 || call.Stream is not { } stream) return ProxyStatus.NotFound;
        return stream.Properties.TrySet(key, bytes) ? ProxyStatus.Ok : ProxyStatus.InternalFailure;
    }

    private static string? OfPlugin(FilterOptions options, string path) => path switch
    {
        "plugin_name" => options.Name,
        "plugin_root_id" => options.RootId,
        "plugin_vm_id" => options.VmId,
        _ => null,
    };

    private static bool TryReadPath(HostCall call, int pointer, int size, out string path)
    {
        path = "";
        if (!call.TryRead(pointer, size, out var bytes) || bytes.Length > MaximumPath) return false;
        bytes = bytes.TrimEnd((byte)0);
        path = Encoding.UTF8.GetString(bytes).Replace('\0', '.');
        return true;
    }
}
