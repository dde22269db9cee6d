using System.Buffers.Binary;

namespace Coffer.Fuzz.Wasi;

/// <summary>
/// A function of WASI preview 1: its name and what each parameter is for, from which the arguments are made up, the type
/// of the import follows, and what the function may write to.
/// </summary>
internal sealed class WasiFunction
{
    /// <summary>All that return an error number, which is all but <c>proc_exit</c>.</summary>
    public static readonly WasiFunction[] All =
    [
        new("args_get", "heads strings"), new("args_sizes_get", "r4 r4"),
        new("environ_get", "heads strings"), new("environ_sizes_get", "r4 r4"),
        new("clock_res_get", "clock r8"), new("clock_time_get", "clock precision r8"),
        new("fd_advise", "fd reading span advice"), new("fd_allocate", "fd offset span"), new("fd_close", "fd"),
        new("fd_datasync", "fd"), new("fd_fdstat_get", "fd r24"), new("fd_fdstat_set_flags", "fd fdflags"),
        new("fd_fdstat_set_rights", "fd rights rights"), new("fd_filestat_get", "fd r64"),
        new("fd_filestat_set_size", "fd offset"), new("fd_filestat_set_times", "fd time time fstflags"),
        new("fd_pread", "fd sinks count reading r4"), new("fd_prestat_get", "fd r8"),
        new("fd_prestat_dir_name", "fd buffer size"), new("fd_pwrite", "fd sources count offset r4"),
        new("fd_read", "fd sinks count r4"), new("fd_readdir", "fd buffer size cookie r4"),
        new("fd_renumber", "fd fd"), new("fd_seek", "fd reading whence r8"), new("fd_sync", "fd"),
        new("fd_tell", "fd r8"), new("fd_write", "fd sources count r4"),
        new("path_create_directory", "fd path length"), new("path_filestat_get", "fd lookup path length r64"),
        new("path_filestat_set_times", "fd lookup path length time time fstflags"),
        new("path_link", "fd lookup path length fd path length"),
        new("path_open", "fd lookup path length oflags openrights openrights fdflags r4"),
        new("path_readlink", "fd path length buffer size r4"), new("path_remove_directory", "fd path length"),
        new("path_rename", "fd path length fd path length"), new("path_symlink", "path length fd path length"),
        new("path_unlink_file", "fd path length"), new("poll_oneoff", "subscriptions events one r4"),
        new("proc_raise", "signal"), new("sched_yield", ""), new("random_get", "buffer size"),
        new("sock_accept", "fd fdflags r4"), new("sock_recv", "fd sinks count signal r4 r2"),
        new("sock_send", "fd sources count signal r4"), new("sock_shutdown", "fd signal"),
    ];

    private static readonly HashSet<string> Wide =
        ["reading", "offset", "span", "rights", "openrights", "time", "cookie", "precision"];

    private WasiFunction(string name, string roles)
    {
        Name = name;
        Roles = roles.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    public string Name { get; }

    /// <summary>What each parameter is for.</summary>
    public string[] Roles { get; }

    public static WasiFunction Named(string name) => Array.Find(All, function => function.Name == name)!;

    /// <summary>Whether a parameter has 64 bits.</summary>
    public bool IsWide(int index) => Wide.Contains(Roles[index]);

    /// <summary>Where a call may write: whatever it gave the function to write to.</summary>
    public IEnumerable<(long Start, long Length)> Outputs(WasiCall call, byte[] memory)
    {
        for (var i = 0; i < Roles.Length; i++)
        {
            var pointer = (long)call.Pointer(i);
            switch (Roles[i])
            {
                case ['r', .. var bytes] when int.TryParse(bytes, out var size):
                    yield return (pointer, size);
                    break;
                case "buffer":
                    yield return (pointer, call.Pointer(i + 1));
                    break;
                case "heads" or "strings":
                    yield return (pointer, 16);
                    break;
                case "events":
                    yield return (pointer, 32);
                    break;
                case "sinks":
                    foreach (var sink in Sinks(memory, pointer, call.Pointer(i + 1))) yield return sink;
                    break;
            }
        }
    }

    private static IEnumerable<(long Start, long Length)> Sinks(byte[] memory, long list, uint count)
    {
        for (var i = 0; i < count && list + i * 8 + 8 <= memory.Length; i++)
        {
            var pair = memory.AsSpan((int)(list + i * 8), 8);
            yield return (
                BinaryPrimitives.ReadUInt32LittleEndian(pair), BinaryPrimitives.ReadUInt32LittleEndian(pair[4..]));
        }
    }
}
