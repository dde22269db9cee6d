using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using Coffer.Types;

namespace Coffer.Plugins.Running;

/// <summary>
/// Links several modules in one store, each once. Those that import each other's functions in a circle call through the
/// host, since one of them must be instantiated first.
/// </summary>
internal sealed class LinkedModules(
    ImmutableArray<(string Name, Module Module)> modules, Func<Linker> hostFunctions, Action<Instance> initialize)
{
    private static readonly MethodInfo Through = typeof(LinkedModules).GetMethod(nameof(InvokeThrough), BindingFlags.NonPublic | BindingFlags.Static)!;
    private readonly Dictionary<string, Instance?> instances = new(StringComparer.Ordinal);

    public Instance Instantiate(Store store) => Instantiate(store, modules[^1].Name);

    private Instance Instantiate(Store store, string name)
    {
        instances.Add(name, null);
        var module = modules.First(candidate => candidate.Name == name).Module;
        var linker = hostFunctions();
        foreach (var import in module.Imports)
        {
            if (!modules.Any(candidate => candidate.Name == import.Module)) continue;
            if (!instances.TryGetValue(import.Module, out var provider)) provider = Instantiate(store, import.Module);
            if (provider is null) DefineThroughHost(linker, name, import);
            else linker.DefineInstance(import.Module, provider);
        }

        var instance = linker.Instantiate(store, module);
        initialize(instance);
        instances[name] = instance;
        return instance;
    }

    private void DefineThroughHost(Linker linker, string importer, ImportInfo import)
    {
        if (import.Type is not FunctionType type || import.Kind != ExternalKind.Function || type.Results.Length > 1)
        {
            throw new LinkException(
                $"the modules \"{importer}\" and \"{import.Module}\" need each other, and \"{import.Name}\" is not a function with at most one result");
        }

        FuncRef? target = null;
        FuncRef Target() => target ??= instances[import.Module]?.FindFunction(import.Name)
            ?? throw new LinkException($"the module \"{import.Module}\" is called before it was instantiated, or has no function \"{import.Name}\"");
        linker.DefineFunction(import.Module, import.Name, MakeDelegate(type, Target));
    }

    /// <summary>A delegate of a wasm type that calls what is found when it is first called.</summary>
    private static Delegate MakeDelegate(FunctionType type, Func<FuncRef> target)
    {
        var parameters = type.Parameters.Select(parameter => Expression.Parameter(ClrType(parameter))).ToArray();
        var arguments = Expression.NewArrayInit(typeof(object), parameters.Select(parameter => Expression.Convert(parameter, typeof(object))));
        Expression call = Expression.Call(Through, Expression.Constant(target), arguments);
        var result = type.Results.Length == 0 ? typeof(void) : ClrType(type.Results[0]);
        if (result != typeof(void)) call = Expression.Convert(call, result);
        return Expression.Lambda(Expression.GetDelegateType([.. parameters.Select(parameter => parameter.Type), result]), call, parameters).Compile();
    }

#pragma warning disable CA1859 // Called by code that unboxes what it gives.
    private static object? InvokeThrough(Func<FuncRef> target, object[] arguments)
    {
        var results = target().Invoke([.. arguments.Select(argument => argument switch
        {
            int value => Value.I32(value),
            long value => Value.I64(value),
            float value => Value.F32(value),
            _ => Value.F64((double)argument),
        })]);
        if (results.Length == 0) return null;
        return results[0].Kind switch
        {
            ValueKind.I32 => (object)results[0].AsI32(),
            ValueKind.I64 => results[0].AsI64(),
            ValueKind.F32 => results[0].AsF32(),
            _ => results[0].AsF64(),
        };
    }
#pragma warning restore CA1859

    private static Type ClrType(ValueType type) =>
        type == ValueType.I32 ? typeof(int)
        : type == ValueType.I64 ? typeof(long)
        : type == ValueType.F32 ? typeof(float)
        : type == ValueType.F64 ? typeof(double)
        : throw new LinkException($"modules that need each other can exchange numbers only, and not {type}");
}
