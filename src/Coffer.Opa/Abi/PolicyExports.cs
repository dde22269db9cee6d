namespace Coffer.Opa.Abi;

/// <summary>The functions that a policy exports, by what they are for; null where its ABI is older than they are.</summary>
internal sealed class PolicyExports
{
    public PolicyExports(Instance instance)
    {
        Version = (ReadVersion(instance, "opa_wasm_abi_version") ?? 1, ReadVersion(instance, "opa_wasm_abi_minor_version")
            ?? 0);
        Malloc = instance.GetFunction<int, int>("opa_malloc");
        Free = instance.FindFunction("opa_free")?.CreateDelegate<Action<int>>();
        HeapEnd = instance.GetFunction<int>("opa_heap_ptr_get");
        SetHeapEnd = instance.GetAction<int>("opa_heap_ptr_set");
        JsonDump = instance.GetFunction<int, int>("opa_json_dump");
        var parse = instance.FindFunction("opa_value_parse");
        HasRegoNotation = parse is not null;
        Parse = (parse ?? instance.GetFunction("opa_json_parse")).CreateDelegate<Func<int, int, int>>();
        Dump = (instance.FindFunction("opa_value_dump") ?? instance.GetFunction("opa_json_dump"))
            .CreateDelegate<Func<int, int>>();
        Entrypoints = instance.FindFunction("entrypoints")?.CreateDelegate<Func<int>>();
        Builtins = instance.FindFunction("builtins")?.CreateDelegate<Func<int>>();
        NewContext = instance.GetFunction<int>("opa_eval_ctx_new");
        SetInput = instance.GetAction<int, int>("opa_eval_ctx_set_input");
        SetContextData = instance.GetAction<int, int>("opa_eval_ctx_set_data");
        SetEntrypoint = instance.FindFunction("opa_eval_ctx_set_entrypoint")?.CreateDelegate<Action<int, int>>();
        EvaluateContext = instance.GetFunction<int, int>("eval");
        GetResult = instance.GetFunction<int, int>("opa_eval_ctx_get_result");
        Evaluate = instance.FindFunction("opa_eval")?.CreateDelegate<Func<int, int, int, int, int, int, int, int>>();
        AddPath = instance.FindFunction("opa_value_add_path")?.CreateDelegate<Func<int, int, int, int>>();
        RemovePath = instance.FindFunction("opa_value_remove_path")?.CreateDelegate<Func<int, int, int>>();
    }

    /// <summary>The version of the ABI; policies that do not say it are of the first.</summary>
    public (int Major, int Minor) Version { get; }
    public Func<int, int> Malloc { get; }
    public Action<int>? Free { get; }
    public Func<int> HeapEnd { get; }
    public Action<int> SetHeapEnd { get; }
    public Func<int, int> JsonDump { get; }

    /// <summary>Whether values cross in Rego's notation, in which sets stay sets.</summary>
    public bool HasRegoNotation { get; }

    /// <summary>Text at an address, with its length, to a value; zero when it cannot be read.</summary>
    public Func<int, int, int> Parse { get; }

    /// <summary>A value to its text.</summary>
    public Func<int, int> Dump { get; }
    public Func<int>? Entrypoints { get; }
    public Func<int>? Builtins { get; }
    public Func<int> NewContext { get; }
    public Action<int, int> SetInput { get; }
    public Action<int, int> SetContextData { get; }
    public Action<int, int>? SetEntrypoint { get; }
    public Func<int, int> EvaluateContext { get; }
    public Func<int, int> GetResult { get; }

    /// <summary>From 1.2 on: an evaluation in one call.</summary>
    public Func<int, int, int, int, int, int, int, int>? Evaluate { get; }
    public Func<int, int, int, int>? AddPath { get; }
    public Func<int, int, int>? RemovePath { get; }

    private static int? ReadVersion(Instance instance, string name) =>
        instance.Exports.TryGetValue(name, out var export) && export is Global global
            && global.Value.Kind == Types.ValueKind.I32
            ? global.Value.AsI32()
            : null;
}
