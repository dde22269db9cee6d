using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>
/// What a process leaves to those it starts or becomes: descriptors that stay open, and a pipe by which one says that it is done.
/// </summary>
internal static unsafe partial class Handover
{
    private const int CloseOnExec = 1, CloseOnExecOfPipe = 0x80000;
    private const int SetDescriptorFlags = 2;

    /// <summary>A pipe whose ends close when this process becomes another program; false when there can be none.</summary>
    public static bool TryCreatePipe(out int readEnd, out int writeEnd)
    {
        var ends = stackalloc int[2];
        var succeeded = CreatePipe(ends, CloseOnExecOfPipe) == 0;
        (readEnd, writeEnd) = (ends[0], ends[1]);
        return succeeded;
    }

    /// <summary>Has a descriptor stay when this process becomes another program.</summary>
    public static void Keep(int descriptor) => _ = SetFlags(descriptor, SetDescriptorFlags, 0);

    /// <summary>Has a descriptor close when this process becomes another program.</summary>
    public static void CloseLater(int descriptor) => _ = SetFlags(descriptor, SetDescriptorFlags, CloseOnExec);

    /// <summary>Says through a pipe that all is there.</summary>
    public static void Tell(int writeEnd)
    {
        byte done = 1;
        _ = WriteTo(writeEnd, &done, 1);
    }

    /// <summary>Waits until that is said; false when whoever should say it has ended. Closes the end of the pipe.</summary>
    public static bool Wait(int readEnd)
    {
        const int interrupted = 4;
        byte done = 0;
        nint count;
        do count = ReadFrom(readEnd, &done, 1);
        while (count < 0 && Marshal.GetLastSystemError() == interrupted);
        Close(readEnd);
        return count == 1 && done == 1;
    }

    /// <summary>Takes the system's note of how a process ended that this one started, if it did; it is not waited for.</summary>
    public static void Reap(int process)
    {
        const int doNotWait = 1;
        int status;
        _ = WaitFor(process, &status, doNotWait);
    }

    /// <summary>Closes a descriptor.</summary>
    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetFlags(int descriptor, int command, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadFrom(int descriptor, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteTo(int descriptor, byte* source, nuint length);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
