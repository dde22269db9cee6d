using Coffer.ProxyWasm.Shared;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Data and queues that VMs share.</summary>
internal static class SharedFunctions
{
    public static void Define(HostFunctions host)
    {
        host.Is("proxy_get_shared_data", GetData);
        host.Is("proxy_set_shared_data", SetData);
        host.Is("proxy_register_shared_queue", RegisterQueue);
        host.Is("proxy_resolve_shared_queue", ResolveQueue);
        host.Is("proxy_enqueue_shared_queue", Enqueue);
        host.Is("proxy_dequeue_shared_queue", Dequeue);
    }

    private static ProxyStatus GetData(HostCall call, int key, int keySize, int pointerTo, int sizeTo, int casTo)
    {
        if (!call.TryReadText(key, keySize, out var name)) return ProxyStatus.InvalidMemoryAccess;
        if (!call.Vm.Host.Data.TryGet(call.Root.Options.VmId, name, out var value, out var cas)) return ProxyStatus.NotFound;
        var status = call.Return(value, pointerTo, sizeTo);
        return status != ProxyStatus.Ok || call.TryWrite(casTo, (int)cas) ? status : ProxyStatus.InvalidMemoryAccess;
    }

    private static ProxyStatus SetData(HostCall call, int key, int keySize, int value, int valueSize, int cas)
    {
        if (!call.TryReadText(key, keySize, out var name) || !call.TryRead(value, valueSize, out var bytes)) return ProxyStatus.InvalidMemoryAccess;
        return call.Vm.Host.Data.Set(call.Root.Options.VmId, name, bytes, (uint)cas) switch
        {
            SharedDataResult.Set => ProxyStatus.Ok,
            SharedDataResult.Mismatch => ProxyStatus.CasMismatch,
            _ => ProxyStatus.InternalFailure,
        };
    }

    private static ProxyStatus RegisterQueue(HostCall call, int name, int nameSize, int idTo)
    {
        if (!call.TryReadText(name, nameSize, out var text) || !call.TryWrite(idTo, 0)) return ProxyStatus.InvalidMemoryAccess;
        var id = call.Vm.Host.Queues.Register(call.Root.Options.VmId, text, call.Root);
        if (id == 0) return ProxyStatus.InternalFailure;
        call.TryWrite(idTo, id);
        return ProxyStatus.Ok;
    }

    private static ProxyStatus ResolveQueue(HostCall call, int vmId, int vmIdSize, int name, int nameSize, int idTo)
    {
        if (!call.TryReadText(vmId, vmIdSize, out var vm) || !call.TryReadText(name, nameSize, out var text)) return ProxyStatus.InvalidMemoryAccess;
        var id = call.Vm.Host.Queues.Resolve(vm.Length == 0 ? call.Root.Options.VmId : vm, text);
        if (id == 0) return ProxyStatus.NotFound;
        return call.TryWrite(idTo, id) ? ProxyStatus.Ok : ProxyStatus.InvalidMemoryAccess;
    }

    private static ProxyStatus Enqueue(HostCall call, int id, int value, int valueSize)
    {
        if (!call.TryRead(value, valueSize, out var item)) return ProxyStatus.InvalidMemoryAccess;
        if (!call.Vm.Host.Queues.TryEnqueue(id, item, out var isFull)) return ProxyStatus.NotFound;
        return isFull ? ProxyStatus.InternalFailure : ProxyStatus.Ok;
    }

    private static ProxyStatus Dequeue(HostCall call, int id, int pointerTo, int sizeTo)
    {
        // First, so that no item is lost to a pointer that is none.
        if (!call.TryWrite(pointerTo, 0) || !call.TryWrite(sizeTo, 0)) return ProxyStatus.InvalidMemoryAccess;
        if (!call.Vm.Host.Queues.TryDequeue(id, out var item)) return ProxyStatus.NotFound;
        return item is null ? ProxyStatus.Empty : call.Return(item, pointerTo, sizeTo);
    }
}
