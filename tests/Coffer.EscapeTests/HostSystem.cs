using System.Runtime.InteropServices;

namespace Coffer.EscapeTests;

/// <summary>What a host can do to its folders and .NET does not offer.</summary>
internal static partial class HostSystem
{
    private const int CurrentFolder = -100, Exchange = 2;

    /// <summary>Gives a file a second name.</summary>
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string added);

    /// <summary>Makes a pipe, a device or a socket.</summary>
    [LibraryImport("libc", EntryPoint = "mknod", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeNode(string path, uint mode, ulong device);

    /// <summary>The user that the process is.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint User();

    /// <summary>Lets two names change places at once.</summary>
    public static void Swap(string first, string second)
    {
        if (RenameAt(CurrentFolder, first, CurrentFolder, second, Exchange) == 0) return;
        throw new IOException($"{first} and {second} cannot be swapped: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int folder, string path, int newFolder, string newPath, uint flags);
}
