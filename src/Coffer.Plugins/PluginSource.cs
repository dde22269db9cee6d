using System.Collections.Immutable;
using System.Security.Cryptography;
using Coffer.Plugins.Ambient;
using Coffer.Plugins.Extism;

namespace Coffer.Plugins;

/// <summary>
/// Where the modules of a plugin come from. A source can be read again, and what it gives then is a new version.
/// Immutable.
/// </summary>
public sealed class PluginSource
{
    private readonly Func<CancellationToken, Task<ImmutableArray<PluginModule>>> read;
    private readonly string? digest;

    private PluginSource(string label, Func<CancellationToken, Task<ImmutableArray<PluginModule>>> read, string? digest = null)
    {
        Label = label;
        this.read = read;
        this.digest = digest;
    }

    /// <summary>What the source is called in messages.</summary>
    public string Label { get; }

    /// <summary>A module that is in memory already.</summary>
    public static PluginSource FromBytes(ReadOnlyMemory<byte> module, string label = "bytes") =>
        new(label, _ => Task.FromResult<ImmutableArray<PluginModule>>([new PluginModule(PluginModule.Main, module)]));

    /// <summary>A module in the text format.</summary>
    /// <exception cref="MalformedException">The text is not a module.</exception>
    public static PluginSource FromText(string text, string label = "text") =>
        FromBytes(Coffer.Text.TextFormat.Parse(System.Text.Encoding.UTF8.GetBytes(text), Features.All), label);

    /// <summary>A module in a file: binary, or in the text format when the name ends with <c>.wat</c>.</summary>
    public static PluginSource FromFile(string path) => new(path, async cancellation =>
    {
        var bytes = await PluginFiles.ReadAsync(path, cancellation).ConfigureAwait(false);
        return [new PluginModule(PluginModule.Main, ToBinary(path, bytes))];
    });

    /// <summary>The module in a folder whose SHA-256 is given, whatever its name is.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="digest">The digest, as <c>sha256:</c> and 64 hexadecimal digits, or the digits alone.</param>
    public static PluginSource FromDigest(string folder, string digest)
    {
        var wanted = Normalize(digest);
        return new PluginSource(wanted, async cancellation =>
        {
            var bytes = await PluginFiles.FindAsync(folder, file => DigestOf(file) == wanted, cancellation).ConfigureAwait(false)
                ?? throw new FileNotFoundException($"The folder {folder} has no module whose digest is {wanted}.");
            return [new PluginModule(PluginModule.Main, bytes)];
        });
    }

    /// <summary>A module that is read from a stream, now.</summary>
    public static async Task<PluginSource> FromStreamAsync(Stream stream, string label = "stream", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
        return FromBytes(memory.ToArray(), label);
    }

    /// <summary>The modules that an Extism manifest names. Its limits and grants are for <see cref="ExtismManifest.ApplyTo"/>.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="grants">What allows its <c>url</c>s to be fetched; null for none.</param>
    public static PluginSource FromManifest(ExtismManifest manifest, Capabilities.CapabilitySet? grants = null)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new PluginSource("manifest", cancellation => manifest.ReadModulesAsync(grants, cancellation));
    }

    /// <summary>The same source, of which only this content is accepted.</summary>
    /// <param name="expected">The digest of the main module, as <c>sha256:</c> and 64 hexadecimal digits, or the digits alone.</param>
    public PluginSource WithDigest(string expected) => new(Label, read, Normalize(expected));

    /// <summary>Reads the modules, the main one last.</summary>
    internal async Task<ImmutableArray<PluginModule>> ReadAsync(CancellationToken cancellation)
    {
        var modules = await read(cancellation).ConfigureAwait(false);
        if (digest is not null && DigestOf(modules[^1].Bytes.Span) is var actual && actual != digest)
        {
            throw new InvalidDataException($"{Label} has the digest {actual}, and not {digest} as was asked for.");
        }

        return modules;
    }

    internal static ReadOnlyMemory<byte> ToBinary(string path, ReadOnlyMemory<byte> bytes) =>
        path.EndsWith(".wat", StringComparison.OrdinalIgnoreCase) ? Coffer.Text.TextFormat.Parse(bytes.Span, Features.All) : bytes;

    internal static string DigestOf(ReadOnlySpan<byte> bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Normalize(string digest)
    {
        const string prefix = "sha256:";
        var hex = digest.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digest[prefix.Length..] : digest;
        if (hex.Length != 64 || !hex.All(char.IsAsciiHexDigit))
        {
            throw new ArgumentException($"\"{digest}\" is no digest; write sha256: and 64 hexadecimal digits", nameof(digest));
        }

        return prefix + hex.ToLowerInvariant();
    }
}

/// <summary>A module of a plugin, under the name by which the others import it. Immutable.</summary>
/// <param name="Name">The name; <see cref="Main"/> for the one that is called.</param>
/// <param name="Bytes">The binary module.</param>
public sealed record PluginModule(string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The name of the module whose functions are called.</summary>
    public const string Main = "main";
}
