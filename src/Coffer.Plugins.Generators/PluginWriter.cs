using System.Linq;

namespace Coffer.Plugins.Generators;

/// <summary>Writes the class that calls a plugin.</summary>
internal static class PluginWriter
{
    public static void Write(Lines lines, InterfaceModel model)
    {
        var name = model.BaseName + "Plugin";
        lines.Add($"/// <summary>Calls a plugin as an <see cref=\"{model.Name}\"/>. Thread-safe.</summary>");
        lines.Add($"{model.Accessibility} sealed class {name} : {model.Name}").Add("{");
        lines.Add("private readonly global::Coffer.Plugins.Plugin plugin;");
        lines.Add("");
        lines.Add("/// <summary>Calls a plugin.</summary>");
        lines.Add($"public {name}(global::Coffer.Plugins.Plugin plugin) => this.plugin = plugin ?? throw new global::System.ArgumentNullException(nameof(plugin));");
        foreach (var method in model.Methods)
        {
            lines.Add("");
            Write(lines, model, method);
        }

        lines.Add("}");
    }

    private static void Write(Lines lines, InterfaceModel model, Method method)
    {
        var parameters = method.Parameters.Select(parameter => $"{parameter.Type.Name} {parameter.Name}");
        if (method.Cancellation is not null) parameters = parameters.Concat([$"global::System.Threading.CancellationToken {method.Cancellation}"]);
        lines.Add("/// <inheritdoc/>");
        lines.Add($"public {(method.IsAsync ? "async " : "")}{method.ResultName} {method.Name}({string.Join(", ", parameters)})").Add("{");

        // A span cannot be kept until a sandbox is free.
        var state = method.Parameters.Select(parameter => parameter.Type.IsSpan ? $"{parameter.Name}.ToArray()" : parameter.Name).ToList();
        var returns = method.Result.Shape == Shape.Nothing ? "" : "return ";
        var run = method.IsAsync ? "await plugin.RunAsync" : "plugin.Run";
        var cancellation = method.Cancellation is null ? "" : $", null, {method.Cancellation}";
        var body = $"{method.Name}Body";
        lines.Add($"{returns}{run}(\"{method.WasmName}\", {Tuple(state)}, {body}{cancellation}){(method.IsAsync ? ".ConfigureAwait(false)" : "")};");
        lines.Add("}");
        lines.Add("");
        var types = method.Parameters.Select(parameter => parameter.Type.IsSpan ? "byte[]" : parameter.Type.Name).ToList();
        var result = method.Result.Shape == Shape.Nothing ? "bool" : method.Result.Name;
        lines.Add($"private static {result} {body}(global::Coffer.Plugins.PluginSandbox sandbox, {TupleType(types)} state)").Add("{");
        WriteBody(lines, model, method);
        lines.Add("}");
    }

    private static void WriteBody(Lines lines, InterfaceModel model, Method method)
    {
        lines.Add($"var function = sandbox.GetFunction<{method.DelegateType}>(\"{method.WasmName}\");");
        lines.Add("var memory = global::Coffer.Plugins.Typed.PluginMemory.Of(sandbox);");
        var arguments = method.Parameters.Select((parameter, i) => (Value: method.Parameters.Count == 1 ? "state" : $"state.Item{i + 1}", Place: i, parameter.Type)).ToList();
        var passed = arguments.Where(argument => argument.Type.Shape != Shape.Number).ToList();
        foreach (var (value, place, type) in passed)
        {
            lines.Add(type.Shape == Shape.Record
                ? $"var passed{place} = memory.PassJson<{type.RecordName}>({value}{model.JsonArgument(type)});"
                : $"var passed{place} = memory.Pass({value});");
        }

        var call = $"function({string.Join(", ", arguments.Select(argument => argument.Type.Shape == Shape.Number ? argument.Value : $"passed{argument.Place}.Pointer, passed{argument.Place}.Length"))})";
        var type0 = method.Result;
        lines.Add(type0.Shape == Shape.Nothing ? $"{call};" : $"var returned = {call};");
        foreach (var argument in passed) lines.Add($"memory.Release(passed{argument.Place});");
        lines.Add("return " + type0.Shape switch
        {
            Shape.Nothing => "true;",
            Shape.Number => "returned;",
            Shape.Text => type0.IsNullable ? "memory.TakeText(returned);" : "memory.TakeText(returned) ?? \"\";",
            Shape.Bytes => type0.IsNullable ? "memory.Take(returned);" : "memory.Take(returned) ?? [];",
            _ => $"memory.TakeJson<{type0.RecordName}>(returned{model.ReadArguments(type0)});",
        });
    }

    private static string Tuple(System.Collections.Generic.List<string> values) => values.Count switch
    {
        0 => "0",
        1 => values[0],
        _ => $"({string.Join(", ", values)})",
    };

    private static string TupleType(System.Collections.Generic.List<string> types) => types.Count switch
    {
        0 => "int",
        1 => types[0],
        _ => $"({string.Join(", ", types)})",
    };
}
