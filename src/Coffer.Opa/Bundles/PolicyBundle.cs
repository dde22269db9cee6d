using System.Security.Cryptography;
using Coffer.Opa.Values;

namespace Coffer.Opa.Bundles;

/// <summary>
/// A bundle of policies and data, as <c>opa build -t wasm</c> writes it: a compressed archive with modules, documents, a
/// manifest and perhaps a signature. Immutable.
/// </summary>
public sealed class PolicyBundle
{
    private const string SignaturesFile = ".signatures.json";
    private readonly Dictionary<string, byte[]> modules;

    private PolicyBundle(string digest, BundleManifest manifest, RegoObject data, Dictionary<string, byte[]> modules)
    {
        Digest = digest;
        Manifest = manifest;
        Data = data;
        this.modules = modules;
    }

    /// <summary>The hash of the archive, such as <c>sha256:…</c>.</summary>
    public string Digest { get; }

    /// <summary>What the bundle says of itself.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>All documents of the bundle, each at the path of its folder.</summary>
    public RegoObject Data { get; }

    /// <summary>The paths of the modules.</summary>
    public IEnumerable<string> Modules => modules.Keys;

    /// <summary>Reads a bundle.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="options">How large it may be, and who must have signed it.</param>
    /// <exception cref="BundleException">It cannot be used.</exception>
    public static PolicyBundle Read(byte[] archive, BundleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(archive);
        options ??= BundleOptions.Default;
        var files = BundleFiles.Unpack(archive, options);
        files.Remove(SignaturesFile, out var signatures);
        RequireSigned(files, signatures, options);
        var manifest = files.TryGetValue(".manifest", out var written)
            ? BundleManifest.Read(BundleFiles.ReadDocument(".manifest", written))
            : BundleManifest.Empty;
        if (files.ContainsKey("patch.json")) throw new BundleException(
            "the bundle holds changes to another (patch.json), which cannot be used by itself");
        var data = RegoObject.Empty;
        foreach (var (name, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (BundleFiles.IsDocument(name) && name != ".manifest") data = AddDocument(
                data, name, BundleFiles.ReadDocument(name, content));
        }

        RequireOwned(data, manifest, "");
        var modules = files.Where(file => file.Key.EndsWith(".wasm", StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
        foreach (var resolver in manifest.Resolvers)
        {
            if (!modules.ContainsKey(resolver.Module)) throw new BundleException(
                $"the manifest names the module {resolver.Module}, which is not in the bundle");
            if (!manifest.Owns(resolver.Entrypoint)) throw new BundleException(
                $"the entrypoint {resolver.Entrypoint} is outside of the roots of the manifest");
        }

        return new PolicyBundle($"sha256:{Convert.ToHexStringLower(SHA256.HashData(archive))}", manifest, data, modules);
    }

    /// <summary>The bytes of a module.</summary>
    /// <exception cref="BundleException">There is none at this path.</exception>
    public ReadOnlyMemory<byte> GetModule(string path) =>
        modules.TryGetValue(path, out var module)
            ? module
            : throw new BundleException($"there is no module {path} in the bundle; there are: {string.Join(", ", Modules)}");

    private static void RequireSigned(Dictionary<string, byte[]> files, byte[]? signatures, BundleOptions options)
    {
        if (options.SkipVerification) return;
        if (options.Verification is { } verification) verification.Verify(files, signatures);
        else if (signatures is not null) throw new BundleException(
            "the bundle is signed, and no key was given to verify it with (BundleOptions.Verification, or SkipVerification)");
    }

    private static RegoObject AddDocument(RegoObject data, string name, RegoValue document)
    {
        var folders = name.Split('/')[..^1];
        for (var i = folders.Length - 1; i >= 0; i--) document = RegoObject.Empty.With(folders[i], document);
        return document is RegoObject entries
            ? Merge(data, entries, name)
            : throw new BundleException($"the file {name} of the bundle is no object");
    }

    private static RegoObject Merge(RegoObject left, RegoObject right, string name)
    {
        var merged = new List<KeyValuePair<RegoValue, RegoValue>>(left);
        foreach (var (key, value) in right)
        {
            if (!left.TryGet(key, out var known)) merged.Add(new(key, value));
            else if (known is RegoObject leftEntries && value is RegoObject rightEntries) merged.Add(
                new(key, Merge(leftEntries, rightEntries, name)));
            else throw new BundleException($"the file {name} of the bundle has {key} again, which another file has");
        }

        return new RegoObject(merged);
    }

    private static void RequireOwned(RegoObject data, BundleManifest manifest, string above)
    {
        foreach (var (key, value) in data)
        {
            var path = above + ((RegoString)key).Value;
            if (manifest.Owns(path)) continue;
            var leadsToRoot = manifest.Roots.Any(root => root.StartsWith(path + "/", StringComparison.Ordinal));
            if (!leadsToRoot || value is not RegoObject entries) throw new BundleException(
                $"the data at {path} is outside of the roots of the manifest");
            RequireOwned(entries, manifest, path + "/");
        }
    }
}
