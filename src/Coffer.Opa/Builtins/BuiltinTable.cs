using System.Collections.Frozen;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>A function that policies call and the host supplies.</summary>
/// <param name="context">The evaluation that calls it.</param>
/// <param name="arguments">Its operands.</param>
/// <returns>Its value; null when it has none, which makes the call undefined.</returns>
/// <exception cref="BuiltinException">The operands are not what they should be.</exception>
public delegate RegoValue? BuiltinFunction(BuiltinContext context, RegoValue[] arguments);

/// <summary>Builtins by name. Immutable; <see cref="With"/> makes a table with one more.</summary>
public sealed class BuiltinTable
{
    private readonly FrozenDictionary<string, BuiltinFunction> functions;

    internal BuiltinTable(IEnumerable<KeyValuePair<string, BuiltinFunction>> functions) =>
        this.functions = functions.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>No builtins.</summary>
    public static BuiltinTable Empty { get; } = new([]);

    /// <summary>All that Open Policy Agent itself supplies to policies in WebAssembly.</summary>
    public static BuiltinTable Standard { get; } = new(StandardBuiltins.All());

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Names => functions.Keys.Order(StringComparer.Ordinal);

    /// <summary>A table with a builtin added, or put in the place of another.</summary>
    public BuiltinTable With(string name, BuiltinFunction function)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(function);
        return new([.. functions.Where(entry => entry.Key != name), new(name, function)]);
    }

    /// <summary>The builtin of a name, or null.</summary>
    public BuiltinFunction? Find(string name) => functions.GetValueOrDefault(name);
}

/// <summary>A builtin failed: its operands are not what they should be, or what it needs is not granted.</summary>
public sealed class BuiltinException : Exception
{
    /// <summary>A failure, such as <c>operand 1 must be string but got number</c>.</summary>
    public BuiltinException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    /// <summary>Whether it is about the type of an operand.</summary>
    public bool IsTypeError { get; init; }
}

/// <summary>The builtins of one policy, by its numbers.</summary>
internal sealed class BuiltinBinding
{
    private readonly Dictionary<int, (string Name, BuiltinFunction? Function)> bound;

    private BuiltinBinding(Dictionary<int, (string Name, BuiltinFunction? Function)> bound) => this.bound = bound;

    public IEnumerable<string> Names => bound.Values.Select(builtin => builtin.Name).Order(StringComparer.Ordinal);

    public IEnumerable<string> Missing =>
        bound.Values.Where(builtin => builtin.Function is null).Select(builtin => builtin.Name).Order(StringComparer.Ordinal);

    public static BuiltinBinding Bind(BuiltinTable table, IEnumerable<(string Name, int Id)> required) =>
        new(required.ToDictionary(builtin => builtin.Id, builtin => (builtin.Name, table.Find(builtin.Name))));

    public (string Name, BuiltinFunction Function) Get(int id)
    {
        if (!bound.TryGetValue(id, out var builtin))
        {
            throw new PolicyException(
                PolicyErrorKind.MissingBuiltin, $"the policy called builtin number {id}, which it does not name");
        }

        return builtin.Function is { } function ? (builtin.Name, function) : throw new PolicyException(
            PolicyErrorKind.MissingBuiltin,
                $"the builtin {builtin.Name} is not supplied; add it with PolicyOptions.Builtins.With(\"{builtin.Name}\", …)");
    }
}
