namespace Coffer.Capabilities.Grants;

/// <summary>
/// How one kind of grant is written: as an option of the command and as a list in a manifest, both of the same texts.
/// The one list of kinds; the command line, the manifest and messages are driven by it.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Option">The option, such as <c>--dir</c>.</param>
/// <param name="ManifestKey">The list beneath <c>grants</c>, such as <c>directories</c>.</param>
/// <param name="Form">The form of the text, such as <c>host[::guest][:options]</c>.</param>
/// <param name="Description">What it gives, for help and for the schema.</param>
/// <param name="Parser">Reads a text; throws <see cref="FormatException"/> with a message for people.</param>
public sealed record GrantSyntax(
    CapabilityKind Kind, string Option, string ManifestKey, string Form, string Description, Func<string, Grant> Parser)
{
    /// <summary>All kinds, in the order in which a manifest lists them.</summary>
    public static IReadOnlyList<GrantSyntax> All { get; } =
    [
        new(CapabilityKind.Directory, "--dir", "directories", "host[::guest][:options]", "Let the guest use a folder", DirectorySyntax.ParseDirectory),
        new(CapabilityKind.File, "--file", "files", "host[::guest][:ro|rw]", "Let the guest use one file", DirectorySyntax.ParseFile),
        new(CapabilityKind.TcpConnect, "--tcp-connect", "tcpConnect", "host:ports", "Let the guest connect by TCP", TcpConnectGrant.Parse),
        new(CapabilityKind.TcpListen, "--listen", "listen", "address:port", "Let the guest accept TCP connections", TcpListenGrant.Parse),
        new(CapabilityKind.Udp, "--udp", "udp", "host:ports", "Let the guest send and receive by UDP", UdpGrant.Parse),
        new(CapabilityKind.NameLookup, "--lookup", "lookup", "name", "Let the guest ask for the addresses of a host name", NameLookupGrant.Parse),
        new(CapabilityKind.Http, "--http", "http", "[methods ]scheme://host[:ports][/path]", "Let the guest send HTTP requests", HttpGrant.Parse),
        new(CapabilityKind.EnvironmentVariable, "--env", "environment", "name=value", "Give the guest an environment variable", EnvironmentGrant.Parse),
        new(CapabilityKind.Argument, "--arg", "arguments", "text", "Give the guest an argument, before those at the end of the line", ArgumentGrant.Parse),
        new(CapabilityKind.StandardStream, "--stream", "streams", "stdin|stdout|stderr", "Let the guest use a standard stream", StreamGrant.Parse),
        new(CapabilityKind.Clock, "--clock", "clocks", "wall|monotonic[=start[+step]]", "Give the guest a clock, real or not", ClockGrant.Parse),
        new(CapabilityKind.Random, "--random", "random", "real|seed=number", "Give the guest random numbers", RandomGrant.Parse),
    ];

    /// <summary>The syntax of a kind.</summary>
    public static GrantSyntax Of(CapabilityKind kind) => All[PlaceOf(kind)];

    /// <summary>Which of <see cref="All"/> is the syntax of a kind.</summary>
    internal static int PlaceOf(CapabilityKind kind)
    {
        var place = 0;
        while (All[place].Kind != kind) place++;
        return place;
    }

    /// <summary>Reads the text of a grant.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong and what would be right.</exception>
    public Grant Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parser(text);
    }
}
