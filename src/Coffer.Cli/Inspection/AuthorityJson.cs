using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Inspection;

/// <summary>Writes what a module could ask for, for programs.</summary>
internal static class AuthorityJson
{
    private static readonly JsonSerializerOptions Options =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ModuleAuthority authority) => new JsonObject
    {
        ["file"] = authority.File,
        ["couldAskFor"] = new JsonArray([.. authority.Possible.Select(use => new JsonObject
        {
            ["kind"] = use.Syntax.ManifestKey,
            ["option"] = use.Syntax.Option,
            ["access"] = Words(use.Access),
            ["never"] = Words(AuthorityText.Missing(use)),
            ["functions"] = Texts(use.Functions),
        })]),
        ["startsThreads"] = authority.StartsThreads,
        ["never"] = Texts(authority.Impossible.Select(row => row.ManifestKey)),
        ["otherImports"] = new JsonArray([.. authority.Others.Select(other => new JsonObject
        {
            ["module"] = other.Module,
            ["names"] = Texts(other.Names),
        })]),
    }.ToJsonString(Options);

    private static JsonArray Words(DirectoryAccess access) =>
        Texts(DirectorySyntax.Describe(access).Split(',', StringSplitOptions.RemoveEmptyEntries));

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
