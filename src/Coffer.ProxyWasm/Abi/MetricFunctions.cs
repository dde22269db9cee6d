namespace Coffer.ProxyWasm.Abi;

/// <summary>Metrics.</summary>
internal static class MetricFunctions
{
    public static void Define(HostFunctions host)
    {
        host.Is("proxy_define_metric", DefineMetric);
        host.Is("proxy_record_metric", (HostCall call, int id, long value) => call.Vm.Host.Metrics.Record(id, (ulong)value));
        host.Is("proxy_increment_metric", (HostCall call, int id, long delta) => call.Vm.Host.Metrics.Increment(id, delta));
        host.Is("proxy_get_metric", (call, id, valueTo) =>
        {
            var status = call.Vm.Host.Metrics.Get(id, out var value);
            return status != ProxyStatus.Ok || call.TryWrite(valueTo, value) ? status : ProxyStatus.InvalidMemoryAccess;
        });
    }

    private static ProxyStatus DefineMetric(HostCall call, int kind, int name, int nameSize, int idTo)
    {
        if ((uint)kind > (int)MetricKind.Histogram) return ProxyStatus.BadArgument;
        if (!call.TryReadText(name, nameSize, out var text) || !call.TryWrite(idTo, 0)) return ProxyStatus.InvalidMemoryAccess;
        var id = call.Vm.Host.Metrics.Define((MetricKind)kind, text);
        if (id == 0) return ProxyStatus.InternalFailure;
        call.TryWrite(idTo, id);
        return ProxyStatus.Ok;
    }
}
