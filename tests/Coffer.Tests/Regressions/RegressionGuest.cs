using System.Globalization;
using System.Linq.Expressions;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Compilation;
using Coffer.Fuzz;
using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Tests.Regressions;

/// <summary>
/// A module of somebody's bug report in a sandbox: little memory, a bound on time, WASI without files, and imports that
/// nobody knows as functions that end the guest with their name.
/// </summary>
internal sealed class RegressionGuest : IDisposable
{
    private static readonly Engine Engine = new();
    private readonly TimeSpan deadline;
    private readonly Store store = new(
        Engine, new StoreLimits { MemoryBytes = 5UL << 30, TableElements = 1_000_000, ObjectBytes = 16 << 20 });
    private readonly MemoryStream output = new();
    private readonly WasiHost wasi;

    public RegressionGuest(TimeSpan deadline)
    {
        this.deadline = deadline;
        wasi = new WasiHost(new WasiOptions
        {
            StandardOutput = output,
            Capabilities = new CapabilitySet(
                new StreamGrant(StandardStream.Output), new ClockGrant(GuestClock.Wall), new ClockGrant(GuestClock.Monotonic),
                new RandomGrant()),
        });
    }

    /// <summary>What the module does: with a function's name and arguments that, else its program or its <c>main</c>.</summary>
    public string Run(string file, string? function = null, string[]? arguments = null) => Outcome(() =>
    {
        var instance = Instantiate(file);
        if (function is null or "_start" && instance.FindFunction("_start") is { FunctionType: { Parameters: [], Results: [] } })
        {
            return wasi.Run(instance) is var code and not 0 ? $"exited {code}" : "returned";
        }

        if (instance.FindFunction("_initialize") is { FunctionType: { Parameters: [], Results: [] } } initialize) initialize.Invoke();
        var main = function is null ? instance.FindFunction("main") ?? instance.FindFunction("_main") : instance.FindFunction(function);
        if (main is null) return $"has no function {function ?? "main"}";
        var outcome = Call(main, arguments ?? []);
        wasi.Dispose();
        return outcome;
    });

    /// <summary>What each exported function does with zeros, by its name; or what the module does, if it does not start.</summary>
    public Dictionary<string, string> RunAll(string file)
    {
        Instance? instance = null;
        var start = Outcome(() =>
        {
            instance = Instantiate(file);
            return "instantiated";
        });
        if (instance is null) return new() { [""] = start };
        return instance.Exports.Where(export => export.Value is FuncRef).Take(30).ToDictionary(
            export => export.Key, export => Outcome(() => Call((FuncRef)export.Value, [])));
    }

    public void Dispose()
    {
        wasi.Dispose();
        store.Dispose();
        output.Dispose();
    }

    private Instance Instantiate(string file)
    {
        var module = Module.Compile(Engine, File.ReadAllBytes(file), Path.GetFileName(file));
        var linker = wasi.AddTo(new Linker());
        foreach (var import in module.Imports.Where(import => !import.Module.StartsWith("wasi_", StringComparison.Ordinal)))
        {
            Stub(linker, import);
        }

        store.SetDeadline(deadline);
        return linker.Instantiate(store, module);
    }

    private void Stub(Linker linker, ImportInfo import)
    {
        switch (import.Type)
        {
            case FunctionType type when import is { Module: "spectest", Name: "print_i32" }:
                linker.DefineFunction(import.Module, import.Name, (int value) => output.Write(
                    System.Text.Encoding.UTF8.GetBytes($"in specttest.print_i32({value})")));
                break;
            case FunctionType type when import.Kind == ExternalKind.Function && type.Parameters.Length <= 16 && type.Results.Length <= 7:
                linker.DefineFunction(import.Module, import.Name, Ending(type, $"{import.Module}.{import.Name}"));
                break;
            case FunctionType type when import.Kind == ExternalKind.Tag:
                linker.Define(import.Module, import.Name, new Tag(store, [.. type.Parameters]));
                break;
            case MemoryType type:
                linker.Define(import.Module, import.Name, new Memory(store, type));
                break;
            case TableType type when type.Element.IsNullable:
                linker.Define(import.Module, import.Name, new Table(store, type, Value.Reference(null)));
                break;
            case GlobalType type when type.Type.IsDefaultable:
                linker.Define(import.Module, import.Name, new Global(store, type, Fuzzer.Zero(type.Type)));
                break;
        }
    }

    private static Delegate Ending(FunctionType type, string name)
    {
        var result = type.Results.Length switch
        {
            0 => typeof(void),
            1 => Clr(type.Results[0]),
            _ => ResultShape.TupleType(type.Results),
        };
        var end = Expression.Throw(Expression.Constant(new LinkException($"{name} was called")), result);
        return Expression.Lambda(
            Expression.GetDelegateType([.. type.Parameters.Select(Clr), result]), end,
            type.Parameters.Select(parameter => Expression.Parameter(Clr(parameter)))).Compile();
    }

    private static Type Clr(ValueType type) => CilTypes.Clr(type);

    private string Call(FuncRef function, string[] arguments)
    {
        var parameters = function.FunctionType.Parameters;
        if (parameters.Any(type => !type.IsDefaultable)) return "takes what cannot be made";
        store.SetDeadline(deadline);
        var values = parameters.Select((type, i) => i < arguments.Length ? Parse(type, arguments[i]) : Fuzzer.Zero(type));
        return $"returned {string.Join(',', function.Invoke([.. values]).Select(WamrText))}".TrimEnd();
    }

    private string Outcome(Func<string> action)
    {
        try
        {
            var outcome = action();
            return output.Length > 0 && outcome == "returned" ? $"returned {System.Text.Encoding.UTF8.GetString(output.ToArray())}" : outcome;
        }
        catch (ProcExitException exit)
        {
            return exit.ExitCode == 0 ? "returned" : $"exited {exit.ExitCode}";
        }
        catch (CofferException error)
        {
            return error switch
            {
                MalformedException or InvalidException => $"refused: {error.Message}",
                ExhaustionException { Kind: ExhaustionKind.ModuleLimit } => $"refused: {error.Message}",
                ExhaustionException exhausted => $"exhausted {exhausted.Kind}",
                TrapException => $"trapped: {error.Message}",
                GuestException => "threw",
                _ => $"not linked: {error.Message}",
            };
        }
    }

    private static Value Parse(ValueType type, string text) => type.Kind switch
    {
        ValueKind.I32 => Value.I32(int.Parse(text, CultureInfo.InvariantCulture)),
        ValueKind.I64 => Value.I64(long.Parse(text, CultureInfo.InvariantCulture)),
        ValueKind.F32 => Value.F32(float.Parse(text, CultureInfo.InvariantCulture)),
        ValueKind.F64 => Value.F64(double.Parse(text, CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"an argument of type {type}"),
    };

    /// <summary>A value as the command of WAMR prints it.</summary>
    private static string WamrText(Value value) => value.Kind switch
    {
        ValueKind.I32 => $"0x{value.AsI32():x}:i32",
        ValueKind.I64 => $"0x{value.AsI64():x}:i64",
        ValueKind.F32 => $"{Number(value.AsF32())}:f32",
        ValueKind.F64 => $"{Number(value.AsF64())}:f64",
        ValueKind.V128 => Vector(value),
        _ => value.AsReference() is null ? "func:ref.null" : "ref",
    };

    private static string Vector(Value value)
    {
        var lanes = System.Runtime.Intrinsics.Vector128.AsUInt64(value.AsV128());
        return $"<0x{lanes[0]:x16} 0x{lanes[1]:x16}>:v128";
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "nan" : value.ToString("G7", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
}
