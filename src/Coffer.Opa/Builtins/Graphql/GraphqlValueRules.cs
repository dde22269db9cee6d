using System.Runtime.CompilerServices;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>The variables of an operation, and which of them it uses.</summary>
internal sealed class GraphqlVariables
{
    private readonly Dictionary<string, RegoObject> defined;
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    private GraphqlVariables(Dictionary<string, RegoObject> defined) => this.defined = defined;

    /// <summary>No variables.</summary>
    public static GraphqlVariables Any { get; } = new([]);

    public static GraphqlVariables Of(RegoObject operation, GraphqlSchema schema)
    {
        var defined = new Dictionary<string, RegoObject>(StringComparer.Ordinal);
        foreach (var variable in operation.Nodes("VariableDefinitions"))
        {
            var name = variable.Text("Variable");
            if (!defined.TryAdd(name, variable)) throw GraphqlParser.Error(
                $"There can be only one variable named \"${name}\".", variable.Place());
            var type = variable.Field("Type");
            if (schema.FindType(type.InnermostType())?.Text("Kind") is not ("SCALAR" or "ENUM" or "INPUT_OBJECT"))
            {
                throw GraphqlParser.Error(
                    $"Variable \"${name}\" cannot be non-input type \"{type.WriteType()}\".", variable.Place());
            }

            if (variable["DefaultValue"] is RegoObject value) new GraphqlValueRules(schema, Any)
                .Check(value, type, hasDefault: false);
        }

        return new(defined);
    }

    /// <summary>The definition of a variable, which counts as used from now on; null when there is none.</summary>
    public RegoObject? Use(string name) =>
        defined.TryGetValue(name, out var variable) && (used.Add(name) || true) ? variable : null;

    public void RequireUsed(RegoObject operation)
    {
        foreach (var (name, variable) in defined)
        {
            if (used.Contains(name)) continue;
            var where = operation.Text("Name") is { Length: > 0 } title ? $" in operation \"{title}\"" : "";
            throw GraphqlParser.Error($"Variable \"${name}\" is never used{where}.", variable.Place());
        }
    }
}

/// <summary>Whether values are of the types that are wanted.</summary>
internal sealed class GraphqlValueRules(GraphqlSchema schema, GraphqlVariables variables)
{
    private const long Variable = 0, Int = 1, Float = 2, String = 3, BlockString = 4, Boolean = 5, Null = 6, Enum = 7,
        List = 8, Object = 9;

    /// <summary>Looks at a value.</summary>
    /// <param name="value">The node of the value.</param>
    /// <param name="type">The node of the type that is wanted.</param>
    /// <param name="hasDefault">Whether another value is there when a variable has none.</param>
    /// <exception cref="BuiltinException">It is of another type.</exception>
    public void Check(RegoObject value, RegoObject type, bool hasDefault)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var kind = value["Kind"] is RegoNumber number && number.TryGetInt64(out var code) ? code : Null;
        if (kind == Variable)
        {
            CheckVariable(value, type, hasDefault);
        }
        else if (kind == Null)
        {
            Require(!type.Flag("NonNull"), value, type);
        }
        else if (type["Elem"] is RegoObject element)
        {
            // One value stands for a list of it.
            if (kind != List) Check(value, element, hasDefault: false);
            foreach (var child in kind == List ? value.Nodes("Children") : []) Check(
                child.Field("Value"), element, hasDefault: false);
        }
        else if (schema.FindType(type.Text("NamedType")) is { } definition)
        {
            CheckNamed(value, kind, type, definition);
        }
    }

    private void CheckVariable(RegoObject value, RegoObject type, bool hasDefault)
    {
        var name = value.Text("Raw");
        var variable = variables.Use(name)
            ?? throw GraphqlParser.Error($"Variable \"${name}\" is not defined.", value.Place());
        var given = variable.Field("Type");
        var isNeverNull = given.Flag("NonNull") || variable["DefaultValue"] is not null || hasDefault;
        if ((!type.Flag("NonNull") || isNeverNull) && Fits(given, type, isOutermost: true)) return;
        throw GraphqlParser.Error(
            $"Variable \"${name}\" of type \"{given.WriteType()}\" used in position expecting type \"{type.WriteType()}\".",
            value.Place());
    }

    private static bool Fits(RegoObject given, RegoObject wanted, bool isOutermost)
    {
        if (!isOutermost && wanted.Flag("NonNull") && !given.Flag("NonNull")) return false;
        return (given["Elem"], wanted["Elem"]) switch
        {
            (RegoObject left, RegoObject right) => Fits(left, right, isOutermost: false),
            (null, null) => given.Text("NamedType") == wanted.Text("NamedType"),
            _ => false,
        };
    }

    private void CheckNamed(RegoObject value, long kind, RegoObject type, RegoObject definition)
    {
        switch (definition.Text("Kind"))
        {
            case "ENUM":
                Require(kind == Enum && definition.Nodes("EnumValues")
                    .Any(known => known.Text("Name") == value.Text("Raw")), value, type);
                break;
            case "INPUT_OBJECT":
                Require(kind == Object, value, type);
                CheckFields(value, definition);
                break;
            case "SCALAR":
                Require(
                    definition.Text("Name") switch
                    {
                        "Int" => kind == Int,
                        "Float" => kind is Int or Float,
                        "String" => kind is String or BlockString,
                        "Boolean" => kind == Boolean,
                        "ID" => kind is Int or String or BlockString,
                        _ => true,
                    }, value, type);
                break;
        }
    }

    private void CheckFields(RegoObject value, RegoObject definition)
    {
        var given = value.Nodes("Children").Select(child => child.Text("Name")).ToHashSet(StringComparer.Ordinal);
        foreach (var child in value.Nodes("Children"))
        {
            var field = definition.Nodes("Fields").FirstOrDefault(field => field.Text("Name") == child.Text("Name"))
                ?? throw GraphqlParser.Error(
                    $"Field \"{child.Text("Name")}\" is not defined by type \"{definition.Text("Name")}\".", value.Place());
            Check(child.Field("Value"), field.Field("Type"), field["DefaultValue"] is not null);
        }

        foreach (var required in definition.Nodes("Fields")
            .Where(field => field.Field("Type").Flag("NonNull") && field["DefaultValue"] is null
                && !given.Contains(field.Text("Name"))))
        {
            throw GraphqlParser.Error(
                $"Field \"{definition.Text("Name")}.{required.Text("Name")}\" of required type \"{required.Field("Type").WriteType()}\" was not provided.", value.Place());
        }
    }

    private static void Require(bool holds, RegoObject value, RegoObject type)
    {
        if (!holds) throw GraphqlParser.Error(
            $"Expected value of type \"{type.WriteType()}\", found {value.Text("Raw")}.", value.Place());
    }
}
