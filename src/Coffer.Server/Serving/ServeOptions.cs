using System.CommandLine;
using System.Net;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;
using Coffer.Edge.Limits;
using Coffer.Native;

namespace Coffer.Server.Serving;

/// <summary>What the line of <c>coffer serve</c> says: a configuration, or one app and what it is granted.</summary>
internal sealed class ServeOptions
{
    private static readonly IPEndPoint Standard = new(IPAddress.Loopback, 8080);

    private readonly Argument<string?> module = new("module") { Description = "The module, or an artefact of it", Arity = ArgumentArity.ZeroOrOne, HelpName = "file" };
    private readonly Option<string?> config = new("--config") { Description = "The configuration, a file of JSON", HelpName = "file" };
    private readonly Option<IPEndPoint?> listen = new("--listen")
    {
        Description = "Where to listen; localhost:8080 when nothing is said",
        HelpName = "host:port",
        CustomParser = result => Parse(result, EdgeConfigurationReader.ReadEndPoint),
    };

    private readonly Option<string?> cache = new("--cache")
    {
        Description = "Machine code made ahead: off, auto (use what there is), wait (make it first), or a folder for it; COFFER_CACHE says it for all commands",
        HelpName = "off|auto|wait|dir",
    };

    private readonly AdminOptions admin = new();
    private readonly Option<string?> fastlyManifest = new("--fastly-manifest") { Description = "The fastly.toml of a program for Fastly Compute", HelpName = "file" };

    // Where to listen is the server's business.
    private readonly List<(GrantSyntax Syntax, Option<Grant[]> Option)> grants =
        [.. GrantSyntax.All.Where(syntax => syntax.Kind != CapabilityKind.TcpListen).Select(syntax => (syntax, Create(syntax)))];

    private readonly List<(Capabilities.Manifests.SettingSyntax<RequestLimits> Row, Option<string?> Option)> limits =
        [.. RequestLimits.Syntax.Select(row => (row, Create(row)))];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(module);
        command.Add(config);
        command.Add(listen);
        command.Add(cache);
        admin.AddTo(command);
        command.Add(fastlyManifest);
        foreach (var (_, option) in grants) command.Add(option);
        foreach (var (_, option) in limits) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(module) is not null && result.GetValue(config) is not null) result.AddError("give either a module or --config");
            if (result.GetValue(module) is null && result.GetValue(config) is null && !admin.HasState(result))
                result.AddError("give a module, --config, or --state with --admin for a server that is deployed to");
            if (result.GetValue(config) is null) return;
            var granted = grants.Select(grant => (Option)grant.Option).Concat(limits.Select(limit => limit.Option)).Append(fastlyManifest).FirstOrDefault(option => result.GetResult(option) is not null);
            if (granted is not null) result.AddError($"{granted.Name} is for a module; with --config the file says it");
        });
    }

    /// <summary>The file that all depends on.</summary>
    public string FileOf(ParseResult result) => result.GetValue(config) ?? result.GetValue(module) ?? admin.StateOf(result)!;

    /// <summary>How native code is made and kept; null for none.</summary>
    public NativeOptions? Native(ParseResult result)
    {
        var text = result.GetValue(cache) ?? Environment.GetEnvironmentVariable("COFFER_CACHE") ?? "auto";
        return text == "off" ? null : CacheOption.OptionsOf(text);
    }

    /// <summary>What is to be served.</summary>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public EdgeConfiguration Read(ParseResult result, ServerFiles files)
    {
        var address = result.GetValue(listen);
        var configuration = result.GetValue(config) is not null ? OfFile(files) : result.GetValue(module) is not null ? OfModule(result, files) : new EdgeConfiguration();
        configuration = admin.Apply(result, configuration);
        if (address is not null) return configuration with { Listeners = [new EdgeListener { Address = address }] };
        return configuration.Listeners.Count > 0 ? configuration : configuration with { Listeners = [new EdgeListener { Address = Standard }] };
    }

    private static EdgeConfiguration OfFile(ServerFiles files)
    {
        try
        {
            return EdgeConfigurationReader.Read(files.Read(files.Configuration), Path.GetFileName(files.Configuration), Path.GetDirectoryName(files.Configuration)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"the configuration cannot be read: {exception.Message}", exception);
        }
    }

    private EdgeConfiguration OfModule(ParseResult result, ServerFiles files)
    {
        try
        {
            return new EdgeConfiguration
            {
                Apps = new Dictionary<string, AppConfiguration>
                {
                    ["app"] = new()
                    {
                        Module = files.Configuration,
                        Routes = [new EdgeRoute("/", false, [], null)],
                        Options = new AppOptions
                        {
                            FastlyManifest = result.GetValue(fastlyManifest),
                            Capabilities = AppOptions.WithStandard([.. grants.SelectMany(grant => result.GetValue(grant.Option) ?? [])]),
                            Limits = limits.Aggregate(RequestLimits.Default, (value, limit) => result.GetValue(limit.Option) is { } text ? limit.Row.Read(value, text) : value),
                        },
                    },
                },
            };
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(exception.Message, exception);
        }
    }

    private static Option<Grant[]> Create(GrantSyntax syntax) => new(syntax.Option)
    {
        Description = syntax.Description + "; may be repeated",
        HelpName = syntax.Form,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, syntax.Parse, token.Value)).OfType<Grant>()],
    };

    private static Option<string?> Create(Capabilities.Manifests.SettingSyntax<RequestLimits> row) => new(row.Option)
    {
        Description = row.Description,
        HelpName = row.Form,
        CustomParser = result =>
        {
            Parse(result, text => row.Read(RequestLimits.Default, text));
            return result.Tokens[0].Value;
        },
    };

    private static T? Parse<T>(System.CommandLine.Parsing.ArgumentResult result, Func<string, T> parse, string? text = null) where T : class
    {
        try
        {
            return parse(text ?? result.Tokens[0].Value);
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
            return null;
        }
    }
}
