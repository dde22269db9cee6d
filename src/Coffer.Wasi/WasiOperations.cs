using System.Collections.Immutable;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi;

/// <summary>
/// All functions of WASI 0.1 with the authority that each could ask for: the one list of that, for telling what a
/// module could do before it runs.
/// </summary>
public static class WasiOperations
{
    private const string Open = "path_open", Accept = "sock_accept";

    private const DirectoryAccess Read = DirectoryAccess.Read, Write = DirectoryAccess.Write;
    private const DirectoryAccess Create = DirectoryAccess.Create, Delete = DirectoryAccess.Delete;
    private const DirectoryAccess Metadata = DirectoryAccess.Metadata;

    private static readonly WasiNeed Stream = new(CapabilityKind.StandardStream);
    private static readonly WasiNeed Connection = new(CapabilityKind.TcpListen, After: Accept);

    /// <summary>The modules by whose names guests import them.</summary>
    public static ImmutableArray<string> Modules { get; } = ["wasi_snapshot_preview1", "wasi_unstable"];

    /// <summary>The functions, by name.</summary>
    public static ImmutableArray<WasiOperation> All { get; } =
    [
        Of("args_get", Of(CapabilityKind.Argument)),
        Of("args_sizes_get", Of(CapabilityKind.Argument)),
        Of("clock_res_get", Of(CapabilityKind.Clock)),
        Of("clock_time_get", Of(CapabilityKind.Clock)),
        Of("environ_get", Of(CapabilityKind.EnvironmentVariable)),
        Of("environ_sizes_get", Of(CapabilityKind.EnvironmentVariable)),
        Of("fd_advise"),
        Of("fd_allocate", OfFile(Write)),
        Of("fd_close"),
        Of("fd_datasync"),
        Of("fd_fdstat_get"),
        Of("fd_fdstat_set_flags"),
        Of("fd_fdstat_set_rights"),
        Of("fd_filestat_get", OfDirectory(Read), OfFile(Read)),
        Of("fd_filestat_set_size", OfFile(Write)),
        Of("fd_filestat_set_times", OfDirectory(Metadata), OfFile(Metadata)),
        Of("fd_pread", OfFile(Read)),
        Of("fd_prestat_dir_name"),
        Of("fd_prestat_get"),
        Of("fd_pwrite", OfFile(Write)),
        Of("fd_read", OfFile(Read), [Stream, Connection]),
        Of("fd_readdir", OfDirectory(Read)),
        Of("fd_renumber"),
        Of("fd_seek"),
        Of("fd_sync"),
        Of("fd_tell"),
        Of("fd_write", OfFile(Write), [Stream, Connection]),
        Of("path_create_directory", OfDirectory(Create)),
        Of("path_filestat_get", OfPath(Read)),
        Of("path_filestat_set_times", OfPath(Metadata)),
        Of("path_link", OfPath(Read | Write | Create | Metadata)),
        Of(Open, OfPath(Read | Write | Create)),
        Of("path_readlink", OfDirectory(Read)),
        Of("path_remove_directory", OfDirectory(Delete)),
        Of("path_rename", OfPath(Read | Create | Delete)),
        Of("path_symlink", OfDirectory(Create)),
        Of("path_unlink_file", OfDirectory(Delete)),
        Of("poll_oneoff", Of(CapabilityKind.Clock), [Stream, Connection]),
        Of("proc_exit"),
        Of("proc_raise"),
        Of("random_get", Of(CapabilityKind.Random)),
        Of("sched_yield"),
        Of(Accept, Of(CapabilityKind.TcpListen)),
        Of("sock_recv", [Connection]),
        Of("sock_send", [Connection]),
        Of("sock_shutdown", [Connection]),
    ];

    private static WasiOperation Of(string name, params IEnumerable<WasiNeed[]> needs) =>
        new(name, [.. needs.SelectMany(need => need)]);

    private static WasiNeed[] Of(CapabilityKind kind) => [new(kind)];

    private static WasiNeed[] OfDirectory(DirectoryAccess access) => [new(CapabilityKind.Directory, access)];

    // A file that is granted by itself is reached by a path as well.
    private static WasiNeed[] OfPath(DirectoryAccess access) => (access & FileGrant.AllAccess) == 0
        ? OfDirectory(access)
        : [new(CapabilityKind.Directory, access), new(CapabilityKind.File, access & FileGrant.AllAccess)];

    private static WasiNeed[] OfFile(DirectoryAccess access) =>
        [new(CapabilityKind.Directory, access, Open), new(CapabilityKind.File, access, Open)];
}
