using System.CommandLine;
using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Manifests;
using Microsoft.Extensions.Configuration.Memory;

namespace Coffer.Cli.Settings;

/// <summary>
/// The options by which a person says what a guest is given, or that a manifest says it; each has its twin in the
/// manifest. The environment has its say after the file, the options have the last word.
/// </summary>
internal sealed class ManifestOptions
{
    private readonly Option<string?> file = new("--manifest")
    {
        Description = "Give the guest exactly what a file says, and what further options add",
        HelpName = "file",
    };

    private readonly GrantOptions grants = new();
    private readonly SettingOptions<Limits> limits = new("limits", new Limits(), Limits.Syntax);
    private readonly SettingOptions<Quotas> quotas = new("quotas", Quotas.Default, Quotas.Syntax);
    private readonly SettingOptions<AuditSettings> audit = new("audit", new AuditSettings(), AuditSettings.Syntax);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(file);
        limits.AddTo(command);
        grants.AddTo(command);
        quotas.AddTo(command);
        audit.AddTo(command);
    }

    /// <summary>
    /// What was said. Without a file, a kind of grant of which nothing was said is what a program that is run by hand
    /// has.
    /// </summary>
    /// <param name="result">What was said.</param>
    /// <param name="context">The world around the command.</param>
    /// <param name="isForLater">Whether paths of the file stay as they are, because it moves to where they are looked up.</param>
    /// <exception cref="CommandFailure">The file cannot be read, or grants contradict each other.</exception>
    /// <exception cref="ManifestException">The file is no manifest.</exception>
    public Manifest Read(ParseResult result, CommandContext context, bool isForLater = false)
    {
        if (result.GetValue(file) is { } path) return Read(result, context, path, isForLater);
        return new Manifest
        {
            Capabilities = grants.ReadWithStandard(result),
            Limits = limits.Read(result),
            Quotas = quotas.Read(result),
            Audit = audit.Read(result),
        };
    }

    private Manifest Read(ParseResult result, CommandContext context, string path, bool isForLater)
    {
        var flags = new MemoryConfigurationSource
        {
            InitialData = [.. limits.Overrides(result), .. quotas.Overrides(result), .. audit.Overrides(result)],
        };
        var manifest = Manifest.Parse(ReadText(context, path), path, context.Environment, flags);
        var folder = Path.GetDirectoryName(path) ?? "";
        manifest = isForLater ? manifest with { Module = manifest.StartingAt(folder).Module } : manifest.StartingAt(folder);
        return manifest with { Capabilities = manifest.Capabilities.Override(grants.Read(result).Grants) };
    }

    private static string ReadText(CommandContext context, string path)
    {
        try
        {
            var bytes = context.Files.ReadAll(path).AsSpan();
            var mark = Encoding.UTF8.Preamble;
            if (bytes.StartsWith(mark)) bytes = bytes[mark.Length..];
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ManifestException($"{path}: this is not text in UTF-8", exception);
        }
    }
}
