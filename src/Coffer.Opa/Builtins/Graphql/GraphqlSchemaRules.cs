using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>What the types of a schema must fulfil.</summary>
internal sealed class GraphqlSchemaRules(GraphqlSchema schema)
{
    private static readonly string[] InputKinds = ["SCALAR", "ENUM", "INPUT_OBJECT"];

    /// <summary>Looks at a type with all of its extensions.</summary>
    /// <exception cref="BuiltinException">It is not valid.</exception>
    public void Check(RegoObject type)
    {
        var (name, kind) = (type.Text("Name"), type.Text("Kind"));
        RequirePlainName(type);
        CheckDirectives(type, kind);
        foreach (var field in type.Nodes("Fields")) CheckField(field, kind);
        foreach (var member in type.Names("Types")) Require(
            FindType(member, type).Text("Kind") == "OBJECT", $"UNION type \"{member}\" must be OBJECT.", type);
        foreach (var value in type.Nodes("EnumValues"))
        {
            Require(value.Text("Name") is not ("true" or "false" or "null"),
                $"ENUM {name} has invalid value {value.Text("Name")}.", value);
            CheckDirectives(value, "ENUM_VALUE");
        }

        RequireDistinct(type, "Fields", "Field");
        RequireDistinct(type, "EnumValues", "Enum value");
        foreach (var implemented in type.Names("Interfaces")) CheckImplements(type, implemented);
        var isEmpty = kind switch
        {
            "OBJECT" or "INTERFACE" or "INPUT_OBJECT" => !type.Nodes("Fields").Any(),
            "ENUM" => !type.Nodes("EnumValues").Any(),
            _ => false,
        };
        Require(!isEmpty, $"{kind} {name}: must define one or more {(kind == "ENUM" ? "unique enum values" : kind == "INPUT_OBJECT" ? "input fields" : "fields")}.", type);
    }

    /// <summary>Looks at the arguments of a directive or field.</summary>
    public void CheckArguments(RegoObject owner)
    {
        foreach (var argument in owner.Nodes("Arguments"))
        {
            RequirePlainName(argument);
            var type = FindType(argument.Field("Type").InnermostType(), argument);
            Require(InputKinds.Contains(type.Text("Kind")),
                $"cannot use {argument.Field("Type").WriteType()} as argument {argument.Text("Name")} because {type.Text("Kind")} is not a valid input type", argument);
            CheckDirectives(argument, "ARGUMENT_DEFINITION");
        }

        RequireDistinct(owner, "Arguments", "Argument");
    }

    /// <summary>Looks at the directives of a node.</summary>
    public void CheckDirectives(RegoObject node, string location)
    {
        foreach (var directive in node.Nodes("Directives"))
        {
            RequirePlainName(directive);
            var definition = schema.FindDirective(directive.Text("Name"))
                ?? throw GraphqlParser.Error($"Undefined directive {directive.Text("Name")}.", directive.Place());

            // Where @deprecated stands is not looked at where extensions carry it.
            Require(definition.Names("Locations").Contains(location)
                || directive.Text("Name") == "deprecated",
                $"Directive {directive.Text("Name")} is not applicable on {location}.", directive);
            foreach (var argument in directive.Nodes("Arguments"))
            {
                Require(definition.Nodes("Arguments")
                    .Any(known => known.Text("Name") == argument.Text("Name")),
                    $"Undefined argument {argument.Text("Name")} for directive {directive.Text("Name")}.", argument);
            }

            foreach (var required in definition.Nodes("Arguments")
                .Where(argument => argument.Field("Type").Flag("NonNull") && argument["DefaultValue"] is null))
            {
                Require(directive.Nodes("Arguments")
                    .Any(argument => argument.Text("Name") == required.Text("Name")),
                    $"Argument {required.Text("Name")} for directive {directive.Text("Name")} cannot be null.",
                    directive);
            }
        }
    }

    private void CheckField(RegoObject field, string owner)
    {
        RequirePlainName(field);
        var type = FindType(field.Field("Type").InnermostType(), field);
        var isInput = InputKinds.Contains(type.Text("Kind"));
        if (owner == "INPUT_OBJECT") Require(
            isInput, $"INPUT_OBJECT field {field.Text("Name")}: {type.Text("Kind")} is not a valid input type", field);
        else Require(type.Text("Kind") != "INPUT_OBJECT",
            $"{owner} field {field.Text("Name")}: INPUT_OBJECT is not a valid output type", field);
        CheckArguments(field);
        CheckDirectives(field, owner == "INPUT_OBJECT" ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION");
    }

    private void CheckImplements(RegoObject type, string name)
    {
        var contract = FindType(name, type);
        Require(contract.Text("Kind") == "INTERFACE", $"{name} is a non interface type {contract.Text("Kind")}.", type);
        foreach (var further in contract.Names("Interfaces"))
        {
            Require(type.Names("Interfaces")
                .Contains(further), $"For {type.Text("Name")} to implement {name} it must also implement {further}.", type);
        }

        foreach (var wanted in contract.Nodes("Fields"))
        {
            var field = type.Nodes("Fields").FirstOrDefault(field => field.Text("Name") == wanted.Text("Name"))
                ?? throw GraphqlParser.Error(
                    $"For {type.Text("Name")} to implement {name} it must have a field called {wanted.Text("Name")}.",
                    type.Place());
            Require(IsCovariant(wanted.Field("Type"), field.Field("Type")),
                $"For {type.Text("Name")} to implement {name} the field {wanted.Text("Name")} must have type {wanted.Field("Type").WriteType()}.", field);
            foreach (var argument in wanted.Nodes("Arguments"))
            {
                var same = field.Nodes("Arguments").FirstOrDefault(other => other.Text("Name") == argument.Text("Name"));
                Require(same is not null
                    && same.Field("Type").WriteType() == argument.Field("Type")
                        .WriteType(), $"For {type.Text("Name")} to implement {name} the field {wanted.Text("Name")} must have the argument {argument.Text("Name")}.", field);
            }
        }
    }

    private bool IsCovariant(RegoObject wanted, RegoObject actual)
    {
        if (wanted.Flag("NonNull") && !actual.Flag("NonNull")) return false;
        if (wanted["Elem"] is RegoObject element) return actual["Elem"] is RegoObject other && IsCovariant(element, other);
        if (actual["Elem"] is not null) return false;
        var name = actual.Text("NamedType");
        return name == wanted.Text("NamedType")
            || (schema.FindType(wanted.Text("NamedType")) is { } type && schema.PossibleTypes(type).Contains(name))
            || (schema.FindType(name)?.Names("Interfaces").Contains(wanted.Text("NamedType")) ?? false);
    }

    private RegoObject FindType(string name, RegoObject where) =>
        schema.FindType(name) ?? throw GraphqlParser.Error($"Undefined type {name}.", where.Place());

    private static void RequirePlainName(RegoObject node) =>
        Require(!node.Text("Name")
            .StartsWith("__", StringComparison.Ordinal),
            $"Name \"{node.Text("Name")}\" must not begin with \"__\", which is reserved by GraphQL introspection.",
            node);

    private static void RequireDistinct(RegoObject owner, string key, string what)
    {
        var repeated = owner.Nodes(key).GroupBy(node => node.Text("Name"), StringComparer.Ordinal)
            .FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null) throw GraphqlParser.Error(
            $"{what} {owner.Text("Name")}.{repeated.Key} can only be defined once.", owner.Place());
    }

    private static void Require(bool holds, string message, RegoObject where)
    {
        if (!holds) throw GraphqlParser.Error(message, where.Place());
    }
}
