using System.Collections.Frozen;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;
using Coffer.Types;

namespace Coffer.Opa.Abi;

/// <summary>What all instances of a policy have in common. Immutable.</summary>
internal sealed class PolicyModule
{
    private static readonly string[] Needed = ["eval", "opa_eval_ctx_new", "opa_malloc", "opa_json_dump", "opa_heap_ptr_get"];

    public PolicyModule(Engine engine, ReadOnlyMemory<byte> bytes, PolicyOptions options, string name)
    {
        Engine = engine;
        Options = options;
        Name = name;
        Watchdog = new Watchdog(options.Deadline);
        Compiled = options.Compile(engine, bytes, name);
        var missing = Needed.Where(export => Compiled.Exports.All(other => other.Name != export)).ToList();
        if (missing.Count > 0)
        {
            throw new PolicyException(PolicyErrorKind.NotAPolicy,
                $"{name} is no policy: it does not export {string.Join(", ", missing)}. Compile it with \"opa build -t wasm -e ENTRYPOINT\".");
        }

        ImportedMemory = Compiled.Imports.FirstOrDefault(
            import => import is { Module: "env", Name: "memory" })?.Type as MemoryType;
        using var instance = new PolicyInstance(this);
        Description = instance.Describe();
        if (Description.Major != 1)
        {
            throw new PolicyException(PolicyErrorKind.NotAPolicy,
                $"{name} has version {Description.Major}.{Description.Minor} of the ABI of policies; versions 1.0 to 1.3 are known");
        }

        var entrypoints = Description.Entrypoints?.ToDictionary(NameOf, IdOf, StringComparer.Ordinal)
            ?? new(StringComparer.Ordinal) { [""] = 0 };
        Entrypoints = entrypoints.ToFrozenDictionary(StringComparer.Ordinal);
        Builtins = BuiltinBinding.Bind(
            options.Builtins, Description.Builtins?.Select(entry => (NameOf(entry), IdOf(entry))) ?? []);
        Empty = instance.Begin();
    }

    public Engine Engine { get; }

    public PolicyOptions Options { get; }

    public string Name { get; }

    /// <summary>Ends evaluations that take too long.</summary>
    public Watchdog Watchdog { get; }

    public Module Compiled { get; }

    /// <summary>The memory that the host makes, unless the policy has its own.</summary>
    public MemoryType? ImportedMemory { get; }

    /// <summary>What the policy says of itself.</summary>
    public PolicyDescription Description { get; }

    /// <summary>Entrypoints by name; one without a name where the ABI knows none.</summary>
    public FrozenDictionary<string, int> Entrypoints { get; }

    /// <summary>The builtins that the host supplies, by the policy's numbers.</summary>
    public BuiltinBinding Builtins { get; }

    /// <summary>The memory with empty data.</summary>
    public DataImage Empty { get; }

    private static string NameOf(KeyValuePair<RegoValue, RegoValue> entry) => entry.Key is RegoString name
        ? name.Value
        : throw new PolicyException(
            PolicyErrorKind.NotAPolicy, $"the policy gives {entry.Key} as a name of an entrypoint or builtin");

    private static int IdOf(KeyValuePair<RegoValue, RegoValue> entry) =>
        entry.Value is RegoNumber number && number.TryGetInt64(out var id)
        ? (int)id
        : throw new PolicyException(
            PolicyErrorKind.NotAPolicy, $"the policy gives {entry.Value} as the number of {entry.Key}");
}

/// <summary>What a policy says of itself.</summary>
/// <param name="Major">The version of the ABI.</param>
/// <param name="Minor">The version of the ABI.</param>
/// <param name="Entrypoints">Numbers by name; null where the ABI knows no entrypoints.</param>
/// <param name="Builtins">Numbers of the builtins that the host supplies, by name.</param>
internal sealed record PolicyDescription(int Major, int Minor, RegoObject? Entrypoints, RegoObject? Builtins);
