using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Native.Ambient;

/// <summary>What Linux says of a file, by one call and without following a link at the end of its path.</summary>
/// <param name="Mode">Its type and permissions.</param>
/// <param name="Owner">The user that it belongs to.</param>
/// <param name="Inode">Its number in the file system.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Modified">When its content was changed last, in nanoseconds since 1970; programs can set it.</param>
/// <param name="Changed">When anything of it was changed last, in the same unit; nobody can set it.</param>
internal readonly partial record struct FileStatus(uint Mode, uint Owner, ulong Inode, long Size, long Modified, long Changed)
{
    private const int CurrentFolder = -100, DoNotFollow = 0x100;
    private const uint WantsBasics = 0x7FF;
    private const uint TypeMask = 0xF000, RegularFile = 0x8000;

    /// <summary>Whether it is a file and no folder, link or device.</summary>
    public bool IsRegular => (Mode & TypeMask) == RegularFile;

    /// <summary>Whether others than its owner may write it.</summary>
    public bool IsWrittenByOthers => (Mode & 0x12) != 0;

    /// <summary>Whether it belongs to the user of this process.</summary>
    public bool IsOwn => Owner == EffectiveUser();

    /// <summary>The status of a path; null when there is none.</summary>
    public static unsafe FileStatus? Of(string path)
    {
        if (path.AsSpan().Contains('\0')) return null;

        // statx has one layout on all architectures.
        var status = stackalloc byte[256];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (Status(CurrentFolder, name, DoNotFollow, WantsBasics, status) != 0) return null;
        }

        return new FileStatus(
            *(ushort*)(status + 28), *(uint*)(status + 20), *(ulong*)(status + 32), *(long*)(status + 40), Time(status + 112), Time(status + 96));
    }

    private static unsafe long Time(byte* at) => (*(long*)at * 1_000_000_000) + *(uint*)(at + 8);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static unsafe partial int Status(int folder, byte* path, int flags, uint wanted, byte* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
