using System.Runtime.CompilerServices;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>What a document of queries must fulfil to be run with a schema.</summary>
internal sealed class GraphqlQueryRules
{
    private const int MostSelections = 100_000;
    private static readonly string[] CompositeKinds = ["OBJECT", "INTERFACE", "UNION"];
    private readonly GraphqlSchema schema;
    private readonly Dictionary<string, RegoObject> fragments = new(StringComparer.Ordinal);
    private readonly HashSet<string> usedFragments = new(StringComparer.Ordinal);
    private readonly HashSet<string> openFragments = new(StringComparer.Ordinal);
    private GraphqlVariables variables = GraphqlVariables.Any;
    private int selections;

    private GraphqlQueryRules(GraphqlSchema schema) => this.schema = schema;

    /// <summary>Looks at a document.</summary>
    /// <exception cref="BuiltinException">It is not valid.</exception>
    public static void Check(RegoObject document, GraphqlSchema schema) =>
        new GraphqlQueryRules(schema).CheckDocument(document);

    private void CheckDocument(RegoObject document)
    {
        foreach (var fragment in document.Nodes("Fragments"))
        {
            Require(fragments.TryAdd(fragment.Text("Name"), fragment),
                $"There can be only one fragment named \"{fragment.Text("Name")}\".", fragment);
            RequireComposite(fragment);
        }

        var operations = document.Nodes("Operations").ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in operations)
        {
            var name = operation.Text("Name");
            Require(name.Length > 0 || operations.Count == 1, "This anonymous operation must be the only defined operation.",
                operation);
            Require(name.Length == 0 || names.Add(name), $"There can be only one operation named \"{name}\".", operation);
            CheckOperation(operation);
        }

        foreach (var (name, fragment) in fragments) Require(
            usedFragments.Contains(name), $"Fragment \"{name}\" is never used.", fragment);
    }

    private void CheckOperation(RegoObject operation)
    {
        var kind = operation.Text("Operation");
        var root = schema.RootOf(kind)
            ?? throw GraphqlParser.Error($"Schema does not support operation type \"{kind}\"", operation.Place());
        variables = GraphqlVariables.Of(operation, schema);
        CheckDirectives(operation, kind.ToUpperInvariant());
        CheckSelections(operation, root);
        variables.RequireUsed(operation);
        if (kind == "subscription") Require(
            operation.Nodes("SelectionSet").Count() == 1, "Subscription must select only one top level field.", operation);
    }

    private void CheckSelections(RegoObject owner, RegoObject type)
    {
        // Fragments lead into each other as far as there are some.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        foreach (var selection in owner.Nodes("SelectionSet"))
        {
            if (++selections > MostSelections) throw new BuiltinException(
                $"the query selects more than {MostSelections} fields");
            if (selection["Alias"] is not null) CheckField(selection, type);
            else if (selection["Name"] is not null) CheckSpread(selection, type);
            else CheckInline(selection, type);
        }
    }

    private void CheckField(RegoObject field, RegoObject type)
    {
        CheckDirectives(field, "FIELD");
        var name = field.Text("Name");
        var definition = FindField(type, name)
            ?? throw GraphqlParser.Error($"Cannot query field \"{name}\" on type \"{type.Text("Name")}\".", field.Place());
        CheckArguments(field, definition.Nodes("Arguments"), $"Field \"{name}\"", $"on field \"{type.Text("Name")}.{name}\"");
        var result = schema.FindType(definition.Field("Type").InnermostType());
        if (result is null) return;
        var (isComposite, hasSelections) = (CompositeKinds.Contains(result.Text("Kind")), field.Nodes("SelectionSet").Any());
        var written = definition.Field("Type").WriteType();
        Require(isComposite || !hasSelections,
            $"Field \"{name}\" must not have a selection since type \"{written}\" has no subfields.", field);
        Require(!isComposite || hasSelections,
            $"Field \"{name}\" of type \"{written}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?",
            field);
        CheckSelections(field, result);
    }

    private RegoObject? FindField(RegoObject type, string name)
    {
        if (name == "__typename") return new RegoObject(new("Name", name), new("Type", NamedType("String")));
        if (type == schema.RootOf("query"))
        {
            if (name == "__schema") return new RegoObject(new("Name", name), new("Type", NamedType("__Schema")));
            if (name == "__type")
            {
                var argument = new RegoObject(new("Name", "name"), new("Type", NamedType("String").With("NonNull", true)));
                return new RegoObject(new("Name", name), new("Type", NamedType("__Type")),
                    new("Arguments", new RegoArray(argument)));
            }
        }

        return type.Nodes("Fields").FirstOrDefault(field => field.Text("Name") == name);
    }

    private static RegoObject NamedType(string name) => new(new("NamedType", name), new("NonNull", false));

    private void CheckSpread(RegoObject spread, RegoObject type)
    {
        CheckDirectives(spread, "FRAGMENT_SPREAD");
        var name = spread.Text("Name");
        var fragment = fragments.GetValueOrDefault(name)
            ?? throw GraphqlParser.Error($"Unknown fragment \"{name}\".", spread.Place());
        usedFragments.Add(name);
        Require(openFragments.Add(name), $"Cannot spread fragment \"{name}\" within itself.", spread);
        var target = RequireComposite(fragment);
        RequirePossible(type, target, $"Fragment \"{name}\"", spread);
        CheckDirectives(fragment, "FRAGMENT_DEFINITION");
        CheckSelections(fragment, target);
        openFragments.Remove(name);
    }

    private void CheckInline(RegoObject inline, RegoObject type)
    {
        CheckDirectives(inline, "INLINE_FRAGMENT");
        var target = inline.Text("TypeCondition").Length == 0 ? type : RequireComposite(inline);
        RequirePossible(type, target, "Fragment", inline);
        CheckSelections(inline, target);
    }

    private RegoObject RequireComposite(RegoObject fragment)
    {
        var name = fragment.Text("TypeCondition");
        var type = schema.FindType(name) ?? throw GraphqlParser.Error($"Unknown type \"{name}\".", fragment.Place());
        Require(CompositeKinds.Contains(type.Text("Kind")), $"Fragment cannot condition on non composite type \"{name}\".",
            fragment);
        return type;
    }

    private void RequirePossible(RegoObject type, RegoObject target, string what, RegoObject where) => Require(
        schema.PossibleTypes(type).Intersect(schema.PossibleTypes(target)).Any(),
        $"{what} cannot be spread here as objects of type \"{type.Text("Name")}\" can never be of type \"{target.Text("Name")}\".", where);

    private void CheckDirectives(RegoObject node, string location)
    {
        foreach (var directive in node.Nodes("Directives"))
        {
            var name = directive.Text("Name");
            var definition = schema.FindDirective(name)
                ?? throw GraphqlParser.Error($"Unknown directive \"@{name}\".", directive.Place());
            Require(definition.Names("Locations")
                .Contains(location), $"Directive \"@{name}\" may not be used on {location}.", directive);
            CheckArguments(directive, definition.Nodes("Arguments"), $"Directive \"@{name}\"", $"on directive \"@{name}\"");
        }
    }

    private void CheckArguments(RegoObject node, IEnumerable<RegoObject> definitions, string what, string where)
    {
        var known = definitions.ToDictionary(argument => argument.Text("Name"), StringComparer.Ordinal);
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var argument in node.Nodes("Arguments"))
        {
            var name = argument.Text("Name");
            var definition = known.GetValueOrDefault(name)
                ?? throw GraphqlParser.Error($"Unknown argument \"{name}\" {where}.", argument.Place());
            Require(given.Add(name), $"There can be only one argument named \"{name}\".", argument);
            new GraphqlValueRules(schema, variables)
                .Check(argument.Field("Value"), definition.Field("Type"), definition["DefaultValue"] is not null);
        }

        foreach (var required in known.Values.Where(
            argument => argument.Field("Type").Flag("NonNull") && argument["DefaultValue"] is null
                && !given.Contains(argument.Text("Name"))))
        {
            throw GraphqlParser.Error(
                $"{what} argument \"{required.Text("Name")}\" of type \"{required.Field("Type").WriteType()}\" is required, but it was not provided", node.Place());
        }
    }

    private static void Require(bool holds, string message, RegoObject where)
    {
        if (!holds) throw GraphqlParser.Error(message, where.Place());
    }
}
