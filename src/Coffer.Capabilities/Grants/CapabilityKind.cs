namespace Coffer.Capabilities.Grants;

/// <summary>What kind of authority a grant gives and a request asks for.</summary>
public enum CapabilityKind
{
    /// <summary>A directory with everything below it.</summary>
    Directory,
    /// <summary>A single file.</summary>
    File,
    /// <summary>Connecting to an address by TCP.</summary>
    TcpConnect,
    /// <summary>Accepting TCP connections at an address.</summary>
    TcpListen,
    /// <summary>Sending to and receiving from an address by UDP.</summary>
    Udp,
    /// <summary>Asking for the addresses of a host name.</summary>
    NameLookup,
    /// <summary>Sending HTTP requests.</summary>
    Http,
    /// <summary>An environment variable.</summary>
    EnvironmentVariable,
    /// <summary>An argument of the program.</summary>
    Argument,
    /// <summary>A standard stream.</summary>
    StandardStream,
    /// <summary>The time of day, or a clock that only measures.</summary>
    Clock,
    /// <summary>Random numbers.</summary>
    Random,
}
