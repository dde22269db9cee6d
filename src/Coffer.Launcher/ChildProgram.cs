using System.Runtime.InteropServices;

namespace Coffer.Launcher;

/// <summary>A program that this process starts beside what it becomes.</summary>
internal sealed unsafe partial class ChildProgram
{
    // Larger than the structures of the C libraries.
    private const int StructureBytes = 1024;

    private const int ReadOnly = 0, WriteOnly = 1;
    private const short SetSignalMask = 0x08, SetScheduler = 0x20, SetSession = 0x80;
    private const int OnlyWhenIdle = 5;

    private readonly string[] words;
    private readonly bool isBackground;
    private readonly int[] descriptors;

    private ChildProgram(string[] words, bool isBackground, int[] descriptors) =>
        (this.words, this.isBackground, this.descriptors) = (words, isBackground, descriptors);

    /// <summary>
    /// A program that nobody waits for: with none of the streams, in a session of its own, and with a share of the processor that nobody
    /// else wants, from its first instruction on.
    /// </summary>
    public static ChildProgram Background(params string[] words) => new(words, isBackground: true, []);

    /// <summary>A program that gets some descriptors and none of the streams.</summary>
    public static ChildProgram With(int[] descriptors, params string[] words) => new(words, isBackground: false, descriptors);

    /// <summary>Starts it; 0 when that is not possible, else its number.</summary>
    public int Start()
    {
        var actions = stackalloc byte[StructureBytes];
        var attributes = stackalloc byte[StructureBytes];
        var signals = stackalloc byte[StructureBytes];
        if (InitializeActions(actions) != 0 || InitializeAttributes(attributes) != 0) return 0;
        _ = EmptySignals(signals);
        _ = SetMask(attributes, signals);
        var flags = SetSignalMask;
        if (isBackground)
        {
            var priority = 0;
            _ = SetPolicy(attributes, OnlyWhenIdle);
            _ = SetParameter(attributes, &priority);
            flags |= SetScheduler | SetSession;
        }

        _ = SetFlags(attributes, flags);
        fixed (byte* nothing = "/dev/null\0"u8)
        {
            for (var stream = 0; stream <= 2; stream++) _ = AddOpen(actions, stream, nothing, stream == 0 ? ReadOnly : WriteOnly, 0);
        }

        // Onto itself: so it stays open in the program.
        foreach (var descriptor in descriptors) _ = AddDuplicate(actions, descriptor, descriptor);
        var texts = new nint[words.Length + 1];
        for (var i = 0; i < words.Length; i++) texts[i] = Marshal.StringToCoTaskMemUTF8(words[i]);
        fixed (nint* arguments = texts)
        {
            // This process becomes another one: nothing needs to be given back.
            int process;
            return Spawn(&process, (byte*)texts[0], actions, attributes, (byte**)arguments, Variables()) == 0 ? process : 0;
        }
    }

    private static byte** Variables() => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(int* process, byte* path, byte* actions, byte* attributes, byte** arguments, byte** variables);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int descriptor, int target);

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
