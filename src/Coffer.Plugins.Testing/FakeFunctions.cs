using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Coffer.Types;

namespace Coffer.Plugins.Testing;

/// <summary>
/// Functions of a host that are faked, and whose calls are recorded. Thread-safe once the plugin is loaded.
/// </summary>
public sealed class FakeFunctions
{
    private static readonly MethodInfo Note = typeof(FakeFunctions).GetMethod(nameof(Record), BindingFlags.Instance | BindingFlags.NonPublic)!;
    private readonly ConcurrentQueue<RecordedCall> calls = new();
    private readonly List<PluginFunction> functions = [];

    /// <summary>The calls so far, in order.</summary>
    public IReadOnlyList<RecordedCall> Calls => [.. calls];

    /// <summary>All functions, for the options of a plugin.</summary>
    public IReadOnlyList<PluginFunction> Functions => functions;

    /// <summary>Offers a function; its calls are recorded.</summary>
    /// <param name="module">The module from which plugins import it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="function">What is called; its first parameter may be a <see cref="Caller"/>.</param>
    public FakeFunctions Add(string module, string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var parameters = function.Method.GetParameters();
        var takesCaller = parameters.Length > 0 && parameters[0].ParameterType == typeof(Caller);
        var values = parameters.Skip(takesCaller ? 1 : 0).Select(parameter => Expression.Parameter(parameter.ParameterType)).ToArray();
        return Add(module, name, values, function.Method.ReturnType, caller =>
            Expression.Invoke(Expression.Constant(function), takesCaller ? [caller, .. values] : values));
    }

    /// <summary>Offers what a typed host interface offers; its calls are recorded.</summary>
    public FakeFunctions Add(IEnumerable<PluginFunction> offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        foreach (var function in offered) Add(function.Module, function.Name, function.Function);
        return this;
    }

    /// <summary>Offers whatever a module imports and nobody offers: functions that record the call and answer zero.</summary>
    internal void AddMissing(Module module, Func<ImportInfo, bool> isOffered)
    {
        foreach (var import in module.Imports)
        {
            if (import.Type is not FunctionType type || import.Kind != ExternalKind.Function || isOffered(import)) continue;
            if (functions.Exists(function => function.Module == import.Module && function.Name == import.Name)) continue;
            if (type.Results.Length > 1) continue;
            var result = type.Results.Length == 0 ? typeof(void) : ClrType(type.Results[0]);
            Add(import.Module, import.Name, [.. type.Parameters.Select(parameter => Expression.Parameter(ClrType(parameter)))], result, _ => Expression.Default(result));
        }
    }

    private FakeFunctions Add(string module, string name, ParameterExpression[] values, Type result, Func<ParameterExpression, Expression> answer)
    {
        var caller = Expression.Parameter(typeof(Caller));
        var arguments = Expression.NewArrayInit(typeof(object), values.Select(value => Expression.Convert(value, typeof(object))));
        var body = Expression.Block(
            Expression.Call(Expression.Constant(this), Note, caller, Expression.Constant(module), Expression.Constant(name), arguments), answer(caller));
        ParameterExpression[] parameters = [caller, .. values];
        var type = Expression.GetDelegateType([.. parameters.Select(parameter => parameter.Type), result]);
        functions.Add(new PluginFunction(module, name, Expression.Lambda(type, body, parameters).Compile()));
        return this;
    }

    private void Record(Caller caller, string module, string name, object[] arguments)
    {
        var sandbox = PluginSandbox.Of(caller);
        calls.Enqueue(new RecordedCall(module, name, [.. arguments], [.. arguments.Select(argument => argument is long and not 0 ? TextOf(sandbox, (long)argument) : null)]));
    }

    private static string? TextOf(PluginSandbox sandbox, long offset)
    {
        try
        {
            return sandbox.ReadText(offset);
        }
        catch (TrapException)
        {
            return null;
        }
    }

    private static Type ClrType(ValueType type) =>
        type == ValueType.I32 ? typeof(int)
        : type == ValueType.I64 ? typeof(long)
        : type == ValueType.F32 ? typeof(float)
        : type == ValueType.F64 ? typeof(double)
        : typeof(object);
}
