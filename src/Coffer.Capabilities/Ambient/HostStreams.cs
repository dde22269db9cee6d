using System.Runtime.CompilerServices;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// The standard streams of the process, in the form in which a guest can wait for them and be ended while it waits. Where
/// the system has no such form they are those of the console.
/// </summary>
public static class HostStreams
{
    /// <summary>Standard input.</summary>
    public static Stream Input() => Libc.IsSupported ? new HostStream(0, isInput: true) : ConsoleStreams.Input();

    /// <summary>Standard output.</summary>
    public static Stream Output() => Libc.IsSupported ? new HostStream(1, isInput: false) : ConsoleStreams.Output();

    /// <summary>Standard error.</summary>
    public static Stream Error() => Libc.IsSupported ? new HostStream(2, isInput: false) : ConsoleStreams.Error();

    /// <summary>Whether a standard stream is a terminal, before which a person sits.</summary>
    public static bool IsTerminal(StandardStream stream) =>
        Libc.IsSupported ? Libc.IsTerminal((int)stream) == 1 : ConsoleStreams.IsTerminal(stream);

    /// <summary>
    /// Whether a stream is of a file that is no pipe and no device: it keeps its caller waiting no longer than files do that guests open.
    /// </summary>
    internal static bool IsFile(Stream stream) => stream is FileStream { CanSeek: true };

    // By themselves, so that the console is loaded where it is used.
    private static class ConsoleStreams
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static Stream Input() => Console.OpenStandardInput();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static Stream Output() => Console.OpenStandardOutput();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static Stream Error() => Console.OpenStandardError();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static bool IsTerminal(StandardStream stream) => !(stream switch
        {
            StandardStream.Input => Console.IsInputRedirected,
            StandardStream.Output => Console.IsOutputRedirected,
            _ => Console.IsErrorRedirected,
        });
    }
}
