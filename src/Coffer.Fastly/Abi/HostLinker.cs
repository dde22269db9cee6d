using Coffer.Wasi;

namespace Coffer.Fastly.Abi;

/// <summary>All that a program may import.</summary>
internal static class HostLinker
{
    /// <summary>The module and the prefix of the names by which old programs import the same functions.</summary>
    public const string LegacyModule = "env", LegacyPrefix = "xqd_";

    private static readonly List<HostFunction> Functions = [];

    static HostLinker()
    {
        HostFunctions Of(string module) => new(Functions, module);

        RuntimeFunctions.DefineAbi(Of("fastly_abi"));
        RuntimeFunctions.Define(Of("fastly_compute_runtime"));
        BodyFunctions.Define(Of("fastly_http_body"));
        LogFunctions.Define(Of("fastly_log"));
        RequestFunctions.Define(Of("fastly_http_req"));
        SendFunctions.Define(Of("fastly_http_req"));
        DownstreamFunctions.DefineOld(Of("fastly_http_req"));
        DownstreamFunctions.Define(Of("fastly_http_downstream"));
        ResponseFunctions.Define(Of("fastly_http_resp"));
        ConfigStoreFunctions.Define(Of("fastly_dictionary"));
        ConfigStoreFunctions.Define(Of("fastly_config_store"));
        SecretStoreFunctions.Define(Of("fastly_secret_store"));
        KeyValueFunctions.Define(Of("fastly_kv_store"));
        ObjectStoreFunctions.Define(Of("fastly_object_store"));
        LookupFunctions.DefineGeo(Of("fastly_geo"));
        LookupFunctions.DefineDevices(Of("fastly_device_detection"));
        LookupFunctions.DefineAcl(Of("fastly_acl"));
        LookupFunctions.DefineUserAgents(Of("fastly_uap"));
        BackendFunctions.Define(Of("fastly_backend"));
        BackendFunctions.DefineShielding(Of("fastly_shielding"));
        AsyncFunctions.Define(Of("fastly_async_io"));
        CacheFunctions.Define(Of("fastly_cache"));
        CacheReplaceFunctions.Define(Of("fastly_cache"));
        CacheFunctions.DefinePurge(Of("fastly_purge"));
        HttpCacheFunctions.Define(Of("fastly_http_cache"));
        HttpCacheFunctions.DefineImages(Of("fastly_image_optimizer"));
        RateFunctions.Define(Of("fastly_erl"));
    }

    /// <summary>The functions of the ABI.</summary>
    public static IReadOnlyList<HostFunction> All => Functions;

    /// <summary>
    /// A linker for a module. What it imports and the host does not have is a function that traps with its name: libraries
    /// import more than programs call.
    /// </summary>
    public static Linker For(Module module)
    {
        var linker = WasiHost.AddFunctionsTo(new Linker());
        // One thread is in a run at a time; a program that asks for another learns that there is none.
        linker.DefineLazily("wasi", "thread-spawn", () => (int _) => -1);
        foreach (var function in Functions)
        {
            linker.DefineLazily(function.Module, function.Name, function.Make);
            foreach (var name in LegacyNamesOf(function)) linker.DefineLazily(LegacyModule, name, function.Make);
        }

        return linker.DefineUnknownFunctions(module);
    }

    private static IEnumerable<string> LegacyNamesOf(HostFunction function)
    {
        switch (function.Module)
        {
            case "fastly_abi":
                yield return LegacyPrefix + function.Name;
                break;
            case "fastly_log":
                yield return $"{LegacyPrefix}log_{function.Name}";
                break;
            case "fastly_http_body":
                yield return $"{LegacyPrefix}body_{function.Name}";
                if (function.Name == "close") yield return $"{LegacyPrefix}body_close_downstream";
                break;
            case "fastly_http_resp":
                yield return $"{LegacyPrefix}resp_{function.Name}";
                break;
            case "fastly_http_req":
                yield return function.Name.StartsWith("pending_req", StringComparison.Ordinal) ? LegacyPrefix + function.Name : $"{LegacyPrefix}req_{function.Name}";
                break;
        }
    }
}
