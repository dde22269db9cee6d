using System.Runtime.InteropServices;

namespace Coffer.Native.Tests.Launching;

/// <summary>
/// A program that this process has just written. Another test may have begun a process meanwhile, which has what the file was written by
/// until it is another program; so long the system starts none from the file (<c>ETXTBSY</c>).
/// </summary>
internal static partial class WrittenFile
{
    private const int SetLease = 1024, ReadLease = 0, NoLease = 2, InUse = 11;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Waits until nobody can write the file any more, where the system tells.</summary>
    public static void Settle(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var descriptor = (int)file.DangerousGetHandle();
        var deadline = DateTime.UtcNow + Patience;

        // A lease for reading is given only when nobody has the file open for writing.
        while (Control(descriptor, SetLease, ReadLease) != 0)
        {
            if (Marshal.GetLastPInvokeError() != InUse) return;
            Assert.True(DateTime.UtcNow < deadline, $"{path} is still being written");
            Thread.Sleep(1);
        }

        _ = Control(descriptor, SetLease, NoLease);
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, nint argument);
}
