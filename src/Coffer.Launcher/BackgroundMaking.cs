using System.Runtime.InteropServices;
using System.Text;
using Coffer.Cli.Standalone;

namespace Coffer.Launcher;

/// <summary>
/// Starts the command once more, to make an executable while nobody waits: with none of the streams, in a session of its own,
/// and with a share of the processor that nobody else wants, from its first instruction on.
/// </summary>
internal static unsafe partial class BackgroundMaking
{
    // Larger than the structures of the C libraries.
    private const int StructureBytes = 1024;

    private const int ReadOnly = 0, WriteOnly = 1;
    private const short SetSignalMask = 0x08, SetScheduler = 0x20, SetSession = 0x80;
    private const int OnlyWhenIdle = 5;

    /// <summary>Starts it; when that is not possible, a later run tries again.</summary>
    public static void Start(CachedModule module)
    {
        var command = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Command);
        string[] words = [command, "compile", "--executable", "--background", "--cache", module.Folder, module.File];
        var actions = stackalloc byte[StructureBytes];
        var attributes = stackalloc byte[StructureBytes];
        var signals = stackalloc byte[StructureBytes];
        var priority = 0;
        if (InitializeActions(actions) != 0 || InitializeAttributes(attributes) != 0) return;
        _ = EmptySignals(signals);
        _ = SetMask(attributes, signals);
        _ = SetPolicy(attributes, OnlyWhenIdle);
        _ = SetParameter(attributes, &priority);
        _ = SetFlags(attributes, SetSignalMask | SetScheduler | SetSession);
        fixed (byte* nothing = "/dev/null\0"u8)
        {
            for (var stream = 0; stream <= 2; stream++) _ = AddOpen(actions, stream, nothing, stream == 0 ? ReadOnly : WriteOnly, 0);
        }

        var texts = new nint[words.Length + 1];
        for (var i = 0; i < words.Length; i++) texts[i] = Marshal.StringToCoTaskMemUTF8(words[i]);
        fixed (nint* arguments = texts)
        {
            int process;
            _ = Spawn(&process, (byte*)texts[0], actions, attributes, (byte**)arguments, Variables());
        }

        // This process becomes another one: nothing needs to be given back.
    }

    private static byte** Variables() => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(int* process, byte* path, byte* actions, byte* attributes, byte** arguments, byte** variables);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setschedpolicy")]
    private static partial int SetPolicy(byte* attributes, int policy);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setschedparam")]
    private static partial int SetParameter(byte* attributes, int* priority);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(byte* signals);
}
