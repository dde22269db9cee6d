namespace Coffer.Capabilities.Ambient;

/// <summary>
/// The standard streams of the process, in the form in which a guest can wait for them and be ended while it waits. Where
/// the system has no such form they are those of the console.
/// </summary>
public static class HostStreams
{
    /// <summary>Standard input.</summary>
    public static Stream Input() => Libc.IsSupported ? new HostStream(0, isInput: true) : Console.OpenStandardInput();

    /// <summary>Standard output.</summary>
    public static Stream Output() => Libc.IsSupported ? new HostStream(1, isInput: false) : Console.OpenStandardOutput();

    /// <summary>Standard error.</summary>
    public static Stream Error() => Libc.IsSupported ? new HostStream(2, isInput: false) : Console.OpenStandardError();
}
