using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>Reads nodes of documents, which may also come from policies and lack anything.</summary>
internal static class GraphqlNode
{
    public static string Text(this RegoObject node, string key) => (node[key] as RegoString)?.Value ?? "";

    public static bool Flag(this RegoObject node, string key) => node[key] is RegoBoolean { Value: true };

    public static IEnumerable<RegoObject> Nodes(this RegoObject node, string key) =>
        node[key] is RegoArray nodes ? nodes.OfType<RegoObject>() : [];

    public static IEnumerable<string> Names(this RegoObject node, string key) =>
        node[key] is RegoArray names ? names.OfType<RegoString>().Select(name => name.Value) : [];

    public static RegoValue? Place(this RegoObject node) => node[GraphqlParser.Place];

    /// <summary>The name inside of all lists.</summary>
    public static string InnermostType(this RegoObject type) =>
        type["Elem"] is RegoObject element ? element.InnermostType() : type.Text("NamedType");

    /// <summary>The type as documents write it.</summary>
    public static string WriteType(this RegoObject type) =>
        (type["Elem"] is RegoObject element ? $"[{element.WriteType()}]" : type.Text("NamedType")) + (
            type.Flag("NonNull") ? "!" : "");

    public static RegoObject Field(this RegoObject node, string key) => node[key] as RegoObject ?? RegoObject.Empty;
}
