using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using Coffer.Embedding;

namespace Coffer.Tests.Embedding;

/// <summary>
/// Thunks that were compiled with the engine do what generated ones do. The same signature with a delegate type of the
/// tests' own gets the latter.
/// </summary>
public sealed class CompiledThunkTests
{
    private delegate int Own(Caller caller);
    private delegate int Own<T1>(Caller caller, T1 a);
    private delegate int Own<T1, T2>(Caller caller, T1 a, T2 b);
    private delegate int Own<T1, T2, T3>(Caller caller, T1 a, T2 b, T3 c);
    private delegate int Own<T1, T2, T3, T4>(Caller caller, T1 a, T2 b, T3 c, T4 d);
    private delegate int Own<T1, T2, T3, T4, T5>(Caller caller, T1 a, T2 b, T3 c, T4 d, T5 e);
    private delegate int Own<T1, T2, T3, T4, T5, T6>(Caller caller, T1 a, T2 b, T3 c, T4 d, T5 e, T6 f);
    private delegate int Own<T1, T2, T3, T4, T5, T6, T7>(Caller caller, T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g);
    private delegate int Own<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        Caller caller, T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g, T8 h, T9 i);

    private delegate void OwnAction(int a);

    private static readonly Type[] OwnTypes =
    [
        typeof(Own), typeof(Own<>), typeof(Own<,>), typeof(Own<,,>), typeof(Own<,,,>), typeof(Own<,,,,>), typeof(Own<,,,,,>),
        typeof(Own<,,,,,,>), typeof(Own<,,,,,,,,>),
    ];

    /// <summary>What a host function does with its caller and its arguments.</summary>
    private sealed class Host(Func<int> answer)
    {
        public Caller Caller { get; private set; }

        public object[] Arguments { get; private set; } = [];

        public int Take(object[] arguments)
        {
            Arguments = [.. arguments.Where(argument => argument is not Coffer.Caller)];
            Caller = arguments.OfType<Caller>().FirstOrDefault();
            return answer();
        }
    }

    /// <summary>Each type of delegates that has a compiled thunk, and one of the same signature that has none.</summary>
    public static TheoryData<Type> Types => new(
        CompiledThunks.DelegateTypes.Concat(CompiledThunks.DelegateTypes.Select(OwnOf)));

    private static Type OwnOf(Type type)
    {
        if (type == typeof(Action<int>)) return typeof(OwnAction);
        var parameters = type.GetGenericArguments()[1..^1];
        var own = OwnTypes.Single(own => own.GetGenericArguments().Length == parameters.Length);
        return parameters.Length == 0 ? own : own.MakeGenericType(parameters);
    }

    /// <summary>A delegate of a type that hands everything to a host.</summary>
    private static Delegate Delegate(Type type, Host host)
    {
        var invoke = type.GetMethod("Invoke")!;
        var parameters = invoke.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType)).ToArray();
        var arguments = Expression.NewArrayInit(typeof(object), parameters.Select(each => Expression.Convert(each, typeof(object))));
        var call = Expression.Call(Expression.Constant(host), nameof(Host.Take), null, arguments);
        return Expression.Lambda(type, call, parameters).Compile();
    }

    /// <summary>A guest whose function <c>f</c> passes a number to the delegate for each parameter, 3, 4, 5 and so on.</summary>
    private static Instance Guest(Delegate host)
    {
        var shape = DelegateShape.Of(host.GetType());
        var type = $"{string.Concat(shape.Parameters.Select(each => $"(param {Name(each)})"))}{(shape.Results.Length > 0 ? "(result i32)" : "")}";
        var arguments = shape.Parameters.Select((each, i) => $"({Name(each)}.const {i + 3})");
        return Hostile.Guest.Load(
            $"""
            (module (import "host" "f" (func $f {type}))
              (func (export "f") {(shape.Results.Length > 0 ? "(result i32)" : "")} (call $f {string.Concat(arguments)})))
            """,
            new Linker().DefineFunction("host", "f", host));
    }

    private static string Name(Type type) => type == typeof(long) ? "i64" : "i32";

    [Fact]
    public void Types_WithThunks_AreThoseOfFuncAndActionAlone()
    {
        Assert.All(CompiledThunks.DelegateTypes, type => Assert.NotEqual(0, CompiledThunks.Find(type)));
        Assert.All(CompiledThunks.DelegateTypes.Select(OwnOf), type => Assert.Equal(0, CompiledThunks.Find(type)));
        Assert.Equal(0, CompiledThunks.Find(typeof(Func<int>)));
    }

    [Fact]
    public void Types_WithThunks_AreThoseOfWasi()
    {
        var linker = new Linker();
        using var wasi = new Wasi.WasiHost();
        wasi.AddTo(linker);
        var types = ((IDictionary)PrivateField(linker, "definitions")).Values.Cast<IDictionary>()
            .SelectMany(names => names.Values.Cast<object>())
            .Select(lazy => (HostFunction)lazy.GetType().GetProperty("Value")!.GetValue(lazy)!)
            .Select(function => PrivateField(function, "target").GetType()).Distinct();
        Assert.Equal(types.OrderBy(type => type.ToString()), CompiledThunks.DelegateTypes.OrderBy(type => type.ToString()));
    }

    private static object PrivateField(object of, string name) =>
        of.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(of)!;

    [Theory]
    [MemberData(nameof(Types))]
    public void Call_ByAGuest_PassesAllAndReturns(Type type)
    {
        var host = new Host(() => 77);
        var instance = Guest(Delegate(type, host));
        var results = instance.GetFunction("f").Invoke();
        var shape = DelegateShape.Of(type);
        Assert.Equal(shape.Parameters.Select((each, i) => each == typeof(long) ? (object)(i + 3L) : i + 3), host.Arguments);
        if (shape.Results.Length > 0) Assert.Equal(77, Assert.Single(results).AsI32());
        if (shape.TakesCaller) Assert.Same(instance, host.Caller.Instance);
    }

    // What a guest's own fault would look like stays the host's, and all else passes as well.
    [Theory]
    [MemberData(nameof(Types))]
    public void Call_HostThrows_TheHostGetsTheSameObject(Type type)
    {
        string? nothing = null;
        var zero = type.Name.Length - type.Name.Length;
        Func<int>[] faults = [() => nothing!.Length, () => 1 / zero, () => checked(int.MaxValue + type.Name.Length), () => int.Parse("x")];
        foreach (var fault in faults)
        {
            Exception? thrown = null;
            var instance = Guest(Delegate(type, new Host(() =>
            {
                try
                {
                    return fault();
                }
                catch (Exception exception)
                {
                    thrown = exception;
                    throw;
                }
            })));
            var caught = Assert.ThrowsAny<Exception>(() => instance.GetFunction("f").Invoke());
            Assert.Same(thrown, caught);
        }
    }
}
