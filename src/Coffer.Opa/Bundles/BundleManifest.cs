using Coffer.Opa.Values;

namespace Coffer.Opa.Bundles;

/// <summary>What a bundle says of itself. Immutable.</summary>
public sealed record BundleManifest
{
    /// <summary>The manifest of a bundle that has none.</summary>
    public static BundleManifest Empty { get; } = new();

    /// <summary>Which state of policies and data it is, for people and logs.</summary>
    public string Revision { get; init; } = "";

    /// <summary>The paths that the bundle owns; an empty one is everything.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [""];

    /// <summary>Which entrypoint is answered by which module.</summary>
    public IReadOnlyList<WasmResolver> Resolvers { get; init; } = [];

    /// <summary>Whatever else whoever built the bundle wrote down.</summary>
    public RegoObject Metadata { get; init; } = RegoObject.Empty;

    internal static BundleManifest Read(RegoValue document)
    {
        if (document is not RegoObject manifest) throw new BundleException("the manifest of the bundle is no object");
        var roots = manifest["roots"] is RegoArray given
            ? given.Select(root => TextOf(root, "roots").Trim('/')).ToList()
            : [""];
        RequireApart(roots);
        return new BundleManifest
        {
            Revision = manifest["revision"] is { } revision ? TextOf(revision, "revision") : "",
            Roots = roots,
            Resolvers = manifest["wasm"] is RegoArray resolvers ? [.. resolvers.Select(ReadResolver)] : [],
            Metadata = manifest["metadata"] as RegoObject ?? RegoObject.Empty,
        };
    }

    /// <summary>Whether a path of the data belongs to the bundle.</summary>
    internal bool Owns(string path) => Roots.Any(root => IsWithin(path, root));

    /// <summary>Whether two bundles own something both.</summary>
    internal static bool Overlap(BundleManifest left, BundleManifest right) =>
        left.Roots.Any(root => right.Roots.Any(other => IsWithin(root, other) || IsWithin(other, root)));

    private static bool IsWithin(string path, string root) =>
        root.Length == 0 || path == root || path.StartsWith(root + "/", StringComparison.Ordinal);

    private static void RequireApart(List<string> roots)
    {
        for (var i = 0; i < roots.Count; i++)
        {
            for (var j = 0; j < roots.Count; j++)
            {
                if (i != j && IsWithin(roots[i], roots[j])) throw new BundleException(
                    $"the roots \"{roots[j]}\" and \"{roots[i]}\" of the manifest overlap");
            }
        }
    }

    private static WasmResolver ReadResolver(RegoValue value) => value is RegoObject resolver
        ? new WasmResolver(TextOf(resolver["entrypoint"], "wasm.entrypoint")
            .Trim('/'), TextOf(resolver["module"], "wasm.module").TrimStart('/'))
        : throw new BundleException("an entry of \"wasm\" in the manifest is no object");

    private static string TextOf(RegoValue? value, string what) =>
        value is RegoString text ? text.Value : throw new BundleException($"\"{what}\" of the manifest must be a string");
}

/// <summary>An entrypoint and the module in the bundle that has it.</summary>
/// <param name="Entrypoint">The path of the rule, such as <c>example/allow</c>.</param>
/// <param name="Module">The path of the module, such as <c>policy.wasm</c>.</param>
public sealed record WasmResolver(string Entrypoint, string Module);
