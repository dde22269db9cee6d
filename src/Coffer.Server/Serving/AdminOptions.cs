using System.CommandLine;
using System.Net;
using Coffer.Edge.Admin;
using Coffer.Edge.Configuration;

namespace Coffer.Server.Serving;

/// <summary>What the line of <c>coffer serve</c> says of administration.</summary>
internal sealed class AdminOptions
{
    private readonly Option<string?> address = new("--admin") { Description = "Where administration listens: an API and a page", HelpName = "host:port" };
    private readonly Option<string?> tokenFile = new("--admin-token-file") { Description = "The file with the token of administration; COFFER_ADMIN_TOKEN has it otherwise", HelpName = "file" };
    private readonly Option<string?> state = new("--state") { Description = "The folder of what is deployed, which is made if need be", HelpName = "dir" };
    private readonly Option<bool> recover = new("--recover") { Description = "Put damaged state aside, and rebuild what can be from the modules beside it" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(address);
        command.Add(tokenFile);
        command.Add(state);
        command.Add(recover);
        command.Validators.Add(result =>
        {
            if (result.GetValue(address) is { } text)
            {
                try
                {
                    var end = EdgeConfigurationReader.ReadEndPoint(text);
                    if (!IPAddress.IsLoopback(end.Address))
                        result.AddError("--admin is for this machine alone (localhost:8081); beyond it, administration needs TLS, which a configuration says");
                }
                catch (FormatException exception)
                {
                    result.AddError(exception.Message);
                }
            }
            else if ((Option?)(result.GetValue(tokenFile) is not null ? tokenFile : result.GetValue(state) is not null ? state : null) is { } alone)
            {
                result.AddError($"{alone.Name} needs --admin");
            }
        });
    }

    /// <summary>Whether a server without apps would be of use.</summary>
    public bool HasState(System.CommandLine.Parsing.CommandResult result) => result.GetValue(address) is not null && result.GetValue(state) is not null;

    /// <summary>The folder of the state.</summary>
    public string? StateOf(ParseResult result) => result.GetValue(state);

    /// <summary>A configuration with what the line says.</summary>
    /// <exception cref="ConfigurationException">They contradict each other.</exception>
    public EdgeConfiguration Apply(ParseResult result, EdgeConfiguration configuration)
    {
        if (result.GetValue(address) is { } text)
        {
            if (configuration.Admin is not null) throw new ConfigurationException("administration is in the configuration already: leave out --admin, or \"admin\"");
            var file = result.GetValue(tokenFile);
            configuration = configuration with
            {
                Admin = new AdminConfiguration
                {
                    Listener = new EdgeListener { Address = EdgeConfigurationReader.ReadEndPoint(text) },
                    TokenFile = file is null ? null : Path.GetFullPath(file),
                    TokenVariable = file is null ? "COFFER_ADMIN_TOKEN" : null,
                    State = result.GetValue(state) is { } folder ? Path.GetFullPath(folder) : null,
                },
            };
        }

        if (!result.GetValue(recover)) return configuration;
        return configuration.Admin is { State: not null } admin
            ? configuration with { Admin = admin with { Recover = true } }
            : throw new ConfigurationException("--recover is for state, and there is none: give --state, or \"state\" in \"admin\"");
    }
}
