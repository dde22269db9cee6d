using System.Collections.Generic;
using System.Linq;

namespace Coffer.Plugins.Generators;

/// <summary>Writes the class that makes functions for plugins of what the host offers.</summary>
internal static class HostWriter
{
    public static void Write(Lines lines, InterfaceModel model)
    {
        var name = model.BaseName + "Functions";
        lines.Add($"/// <summary>What an <see cref=\"{model.Name}\"/> offers, as functions for plugins.</summary>");
        lines.Add($"{model.Accessibility} static class {name}").Add("{");
        lines.Add("/// <summary>The functions, for the options of a plugin. Plugins on several threads call the implementation at once.</summary>");
        lines.Add($"public static global::System.Collections.Immutable.ImmutableArray<global::Coffer.Plugins.PluginFunction> Of({model.Name} host)").Add("{");
        lines.Add("global::System.ArgumentNullException.ThrowIfNull(host);");
        lines.Add("return global::System.Collections.Immutable.ImmutableArray.Create(new global::Coffer.Plugins.PluginFunction[]").Add("{");
        foreach (var method in model.Methods) WriteFunction(lines, model, method);
        lines.Add("}").Add(");").Add("}").Add("}");
    }

    private static void WriteFunction(Lines lines, InterfaceModel model, Method method)
    {
        var parameters = new List<string> { "global::Coffer.Caller caller" };
        var arguments = new List<string>();
        for (var i = 0; i < method.Parameters.Count; i++)
        {
            var type = method.Parameters[i].Type;
            if (type.Shape == Shape.Number)
            {
                parameters.Add($"{type.Wasm} p{i}");
                arguments.Add($"p{i}");
                continue;
            }

            parameters.Add($"int p{i}");
            parameters.Add($"int n{i}");
            var memory = "global::Coffer.Plugins.Typed.PluginMemory.Of(caller)";
            arguments.Add(type.Shape switch
            {
                Shape.Text => $"{memory}.ReadText(p{i}, n{i}){(type.IsNullable ? "" : " ?? \"\"")}",
                Shape.Bytes => $"{memory}.Read(p{i}, n{i}){(type.IsNullable ? "" : " ?? []")}",
                _ => $"{memory}.ReadJson<{type.RecordName}>(p{i}, n{i}{model.ReadArguments(type)})",
            });
        }

        var call = $"host.{method.Name}({string.Join(", ", arguments)})";
        var result = method.Result.Shape switch
        {
            Shape.Nothing => $"{{ {call}; }}",
            Shape.Number => call,
            Shape.Record => $"global::Coffer.Plugins.Typed.PluginMemory.Of(caller).PassJson<{method.Result.RecordName}>({call}{model.JsonArgument(method.Result)}).Packed",
            _ => $"global::Coffer.Plugins.Typed.PluginMemory.Of(caller).Pass({call}).Packed",
        };
        lines.Add($"new global::Coffer.Plugins.PluginFunction(\"{model.Module}\", \"{method.WasmName}\", ({string.Join(", ", parameters)}) => {result}),");
    }
}
