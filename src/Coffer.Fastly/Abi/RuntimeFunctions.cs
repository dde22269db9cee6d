namespace Coffer.Fastly.Abi;

/// <summary>The version of the ABI, and what a run has used.</summary>
internal static class RuntimeFunctions
{
    private const long Version = 1;
    private const int MebibyteShift = 20;

    public static void DefineAbi(HostFunctions host) =>
        host.Add("init", 1, () => (Caller _, long version) => (int)(version == Version ? FastlyStatus.Ok : FastlyStatus.Error));

    public static void Define(HostFunctions host)
    {
        host.Is("get_vcpu_ms", (call, result) =>
        {
            call.Write(result, (long)call.Session.Computed.TotalMilliseconds);
            return FastlyStatus.Ok;
        });
        host.Is("get_heap_mib", (call, result) =>
        {
            var bytes = call.Session.Store.MemoryBytes;
            call.Write(result, (uint)((bytes + (1UL << MebibyteShift) - 1) >> MebibyteShift));
            return FastlyStatus.Ok;
        });
    }
}
