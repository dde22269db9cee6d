using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Coffer.Cli.Standalone;

namespace Coffer.Launcher;

/// <summary>The arguments of this process, as the system has them: bytes, whatever they mean.</summary>
internal sealed unsafe partial class ProcessLine
{
    private const int BrokenPipe = 13;

    private readonly byte[] bytes;
    private readonly int count;

    private ProcessLine(byte[] bytes)
    {
        this.bytes = bytes;
        count = bytes.AsSpan().Count((byte)0);
    }

    /// <summary>Whether all are text in UTF-8; what others are for the command depends on how it reads them.</summary>
    public bool IsText => Utf8.IsValid(bytes);

    /// <summary>The arguments of this process; null when they cannot be found out.</summary>
    public static ProcessLine? Read()
    {
        try
        {
            // Each ends with a zero; it has no length before it is read.
            using var stream = new FileStream("/proc/self/cmdline", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var bytes = new byte[4096];
            var length = 0;
            for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
            {
                length += read;
                if (length == bytes.Length) Array.Resize(ref bytes, 2 * length);
            }

            return length > 0 && bytes[length - 1] == 0 ? new ProcessLine(bytes[..length]) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Has the runtime of the command compile functions quickly first, and optimize those that are used much: for a module without
    /// native code. What the variable says already stays, and then it is false if that is something else.
    /// </summary>
    public static bool AskForTiers()
    {
        _ = SetVariable(LauncherFiles.TiersVariable, "1", overwrite: 0);
        return (Environment.GetEnvironmentVariable(LauncherFiles.TiersVariable) ?? "1") == "1";
    }

    /// <summary>Sets a variable of the program that this process becomes.</summary>
    public static void SetVariable(string name, string value) => _ = SetVariable(name, value, overwrite: 1);

    /// <summary>Becomes another program with the same arguments and variables; returns when the system refuses.</summary>
    public void Become(string program)
    {
        fixed (byte* first = bytes)
        fixed (byte* path = Encoding.UTF8.GetBytes(program + '\0'))
        {
            var arguments = new byte*[count + 1];
            var start = 0;
            for (var i = 0; i < count; i++)
            {
                arguments[i] = first + start;
                start += bytes.AsSpan(start).IndexOf((byte)0) + 1;
            }

            // The runtime here ignores it, and what is ignored the next program would inherit.
            _ = SetHandler(BrokenPipe, 0);
            fixed (byte** all = arguments) _ = Execute(path, all);
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    // The next program gets the variables of the C library, which are not those that .NET changes.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static partial int Execute(byte* path, byte** arguments);
}
