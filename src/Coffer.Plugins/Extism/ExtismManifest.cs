using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Plugins.Ambient;

namespace Coffer.Plugins.Extism;

/// <summary>
/// A plugin as Extism describes it: its modules, its settings, its limits, and what it may reach. Immutable once read.
/// </summary>
public sealed record ExtismManifest
{
    private const long PageBytes = 65536;
    private static readonly string[] Schemes = ["http", "https"];

    /// <summary>The modules; the main one is named <c>main</c>, or is the last.</summary>
    [JsonPropertyName("wasm")]
    public IReadOnlyList<ExtismModule> Wasm { get; init; } = [];

    /// <summary>Bounds on memory.</summary>
    [JsonPropertyName("memory")]
    public ExtismMemoryLimits? Memory { get; init; }

    /// <summary>The plugin's settings.</summary>
    [JsonPropertyName("config")]
    public IReadOnlyDictionary<string, string?>? Config { get; init; }

    /// <summary>Hosts that HTTP requests may go to: names, <c>*</c>, or <c>*.</c> and a name.</summary>
    [JsonPropertyName("allowed_hosts")]
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>Folders of the host, <c>ro:</c> before them where they are only read, and where the plugin sees them.</summary>
    [JsonPropertyName("allowed_paths")]
    public IReadOnlyDictionary<string, string>? AllowedPaths { get; init; }

    /// <summary>How long a call may take.</summary>
    [JsonPropertyName("timeout_ms")]
    public long? TimeoutMilliseconds { get; init; }

    /// <summary>The folder from which relative paths start; null for where the process is.</summary>
    [JsonIgnore]
    public string? Folder { get; init; }

    /// <summary>Reads a manifest. Members that it does not know are passed over, as Extism does.</summary>
    /// <exception cref="InvalidDataException">The text is no manifest.</exception>
    public static ExtismManifest Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ExtismJson.Default.ExtismManifest)
                ?? throw new InvalidDataException("\"null\" is no Extism manifest.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The Extism manifest cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The options with what the manifest says of settings, limits, hosts and folders. Hosts and folders are granted beside
    /// what the options grant already.
    /// </summary>
    /// <exception cref="FormatException">A host is neither a name nor an address.</exception>
    public PluginOptions ApplyTo(PluginOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var limits = options.Limits;
        if (Memory?.MaximumPages is { } pages) limits = limits with { MemoryBytes = pages * PageBytes };
        if (Memory?.MaximumHttpResponseBytes is { } response) limits = limits with { HttpResponseBytes = (int)Math.Min(response, int.MaxValue) };
        if (Memory?.MaximumVariableBytes is { } variables) limits = limits with { VariableBytes = (int)Math.Min(variables, int.MaxValue) };
        if (TimeoutMilliseconds is { } timeout) limits = limits with { CallTimeout = TimeSpan.FromMilliseconds(timeout) };
        return options with
        {
            Limits = limits,
            Config = options.Config.SetItems((Config ?? new Dictionary<string, string?>())
                .Where(setting => setting.Value is not null)
                .Select(setting => KeyValuePair.Create(setting.Key, setting.Value!))),
            Grants = options.Grants.With([.. HostGrants(), .. FolderGrants()]),
        };
    }

    /// <summary>Reads the modules, the main one last.</summary>
    internal async Task<ImmutableArray<PluginModule>> ReadModulesAsync(CapabilitySet? grants, CancellationToken cancellation)
    {
        if (Wasm.Count == 0) throw new InvalidDataException("The Extism manifest names no module under \"wasm\".");
        var modules = new List<PluginModule>();
        PluginModule? main = null;
        for (var i = 0; i < Wasm.Count; i++)
        {
            var entry = Wasm[i];
            var bytes = await entry.ReadAsync(Folder, grants, cancellation).ConfigureAwait(false);
            var isMain = entry.Name == PluginModule.Main || (i == Wasm.Count - 1 && main is null);
            if (isMain) main = new PluginModule(PluginModule.Main, bytes);
            else modules.Add(new PluginModule(entry.Name ?? throw new InvalidDataException($"Module {i} of the manifest needs a name: only the main one can be without."), bytes));
        }

        return [.. modules, main!];
    }

    // Extism knows neither schemes nor ports: any will do. A name that means this machine is one that the manifest's author meant.
    private IEnumerable<Grant> HostGrants() => (AllowedHosts ?? []).SelectMany(host =>
        Schemes.Select(scheme =>
            (Grant)HttpGrant.Parse($"{scheme}://{PatternOf(host)}:*")));

    private static string PatternOf(string host) => host == "localhost" ? "[localhost+loopback]"
        : host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]"
        : host;

    private IEnumerable<Grant> FolderGrants() => (AllowedPaths ?? new Dictionary<string, string>()).Select(pair =>
    {
        const string readOnly = "ro:";
        var isReadOnly = pair.Key.StartsWith(readOnly, StringComparison.Ordinal);
        var host = isReadOnly ? pair.Key[readOnly.Length..] : pair.Key;
        return (Grant)new DirectoryGrant(Folder is null ? host : Path.Combine(Folder, host), pair.Value)
        {
            Access = isReadOnly ? DirectoryAccess.Read : DirectoryAccess.All,
        };
    });
}

/// <summary>Bounds on memory in an Extism manifest. Immutable.</summary>
/// <param name="MaximumPages">Pages of 64 KiB of the linear memories.</param>
/// <param name="MaximumHttpResponseBytes">Bytes of the body of an answer.</param>
/// <param name="MaximumVariableBytes">Bytes of variables.</param>
public sealed record ExtismMemoryLimits(
    [property: JsonPropertyName("max_pages")] long? MaximumPages = null,
    [property: JsonPropertyName("max_http_response_bytes")] long? MaximumHttpResponseBytes = null,
    [property: JsonPropertyName("max_var_bytes")] long? MaximumVariableBytes = null);

/// <summary>A module in an Extism manifest: by path, by content, or by URL. Immutable.</summary>
public sealed record ExtismModule
{
    /// <summary>The name by which other modules import it.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The file it is in.</summary>
    [JsonPropertyName("path")]
    public string? Path { get; init; }

    /// <summary>Its bytes, in base 64.</summary>
    [JsonPropertyName("data")]
    public string? Data { get; init; }

    /// <summary>Where it is fetched from.</summary>
    [JsonPropertyName("url")]
    public string? Url { get; init; }

    /// <summary>The method of the request for it.</summary>
    [JsonPropertyName("method")]
    public string? Method { get; init; }

    /// <summary>The headers of the request for it.</summary>
    [JsonPropertyName("headers")]
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The SHA-256 that it must have, in hexadecimal digits.</summary>
    [JsonPropertyName("hash")]
    public string? Hash { get; init; }

    internal async Task<ReadOnlyMemory<byte>> ReadAsync(string? folder, CapabilitySet? grants, CancellationToken cancellation)
    {
        var bytes = await ReadUncheckedAsync(folder, grants, cancellation).ConfigureAwait(false);
        if (Hash is not null && PluginSource.DigestOf(bytes) is var actual && !actual.EndsWith(":" + Hash.ToLowerInvariant(), StringComparison.Ordinal))
        {
            throw new InvalidDataException($"hash mismatch: {Name ?? Path ?? Url ?? "the module"} has the digest {actual}, and the manifest asks for {Hash}.");
        }

        return Path is null ? bytes : PluginSource.ToBinary(Path, bytes);
    }

    private async Task<byte[]> ReadUncheckedAsync(string? folder, CapabilitySet? grants, CancellationToken cancellation)
    {
        if (Path is not null)
        {
            return await PluginFiles.ReadAsync(folder is null ? Path : System.IO.Path.Combine(folder, Path), cancellation).ConfigureAwait(false);
        }

        if (Data is not null) return Convert.FromBase64String(Data);
        if (Url is null) throw new InvalidDataException($"Module {Name} of the manifest has neither path nor data nor url.");
        using var request = new HttpRequestMessage(HttpMethod.Parse(Method ?? "GET"), Url);
        foreach (var (name, value) in Headers ?? new Dictionary<string, string>()) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await GrantedHttp.SendAsync(grants ?? CapabilitySet.Empty, request, ModuleLimits.Default.ModuleBytes, cancellation).ConfigureAwait(false);
        return answer.StatusCode == 200 ? answer.Body : throw new InvalidDataException($"{Url} answered with status {answer.StatusCode}.");
    }
}

/// <summary>The JSON that Extism's plugins and manifests use.</summary>
[JsonSerializable(typeof(ExtismManifest))]
[JsonSerializable(typeof(ExtismRequest))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class ExtismJson : JsonSerializerContext;
