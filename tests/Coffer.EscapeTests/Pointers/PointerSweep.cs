using Coffer.EscapeTests.Network;

namespace Coffer.EscapeTests.Pointers;

/// <summary>
/// Every function, with each of its pointers at and beyond the end of the memory and each of its lengths far too long; the
/// functions without any, with numbers that are out of every range. A pointer is nobody's authority: the trail has
/// nothing of it, the guest is told <c>EFAULT</c>, and nothing is written anywhere but where a pointer was good.
/// </summary>
internal static class PointerSweep
{
    private const long File = -1001, Connection = -1002;
    private const int Path = 2000, NewPath = 3000, LinkPath = 2100, FolderPath = 3100, List = 100, Poll = 400;
    private const int Untouched = 40_000;

    private static readonly Row[] Rows =
    [
        new("args_get", [200, 1000], [(0, 4), (1, 8)], []),
        new("args_sizes_get", [200, 204], [(0, 4), (1, 4)], []),
        new("environ_get", [200, 1000], [(0, 4), (1, 4)], []),
        new("environ_sizes_get", [200, 204], [(0, 4), (1, 4)], []),
        new("clock_res_get", [0, 200], [(1, 8)], []),
        new("clock_time_get", [0, 0, 200], [(2, 8)], []),
        new("fd_advise", [File, 0, 1, 0], [], []),
        new("fd_allocate", [File, 0, 1], [], []),
        new("fd_close", [File], [], []),
        new("fd_datasync", [File], [], []),
        new("fd_fdstat_get", [File, 200], [(1, 24)], []),
        new("fd_fdstat_set_flags", [File, 0], [], []),
        new("fd_fdstat_set_rights", [File, 0, 0], [], []),
        new("fd_filestat_get", [File, 200], [(1, 64)], []),
        new("fd_filestat_set_size", [File, 3], [], []),
        new("fd_filestat_set_times", [File, 0, 0, 0], [], []),
        new("fd_pread", [File, List, 1, 0, 200], [(1, 8), (4, 4)], [2]),
        new("fd_prestat_get", [4, 200], [(1, 8)], []),
        new("fd_prestat_dir_name", [4, 5000, 1], [(1, 1)], []),
        new("fd_pwrite", [File, List, 1, 0, 200], [(1, 8), (4, 4)], [2]),
        new("fd_read", [File, List, 1, 200], [(1, 8), (3, 4)], [2]),
        new("fd_readdir", [3, 5000, 96, 0, 200], [(1, 96), (4, 4)], [2]),
        new("fd_renumber", [File, File], [], []),
        new("fd_seek", [File, 0, 0, 200], [(3, 8)], []),
        new("fd_sync", [File], [], []),
        new("fd_tell", [File, 200], [(1, 8)], []),
        new("fd_write", [File, List, 1, 200], [(1, 8), (3, 4)], [2]),
        new("path_create_directory", [3, NewPath, 3], [(1, 3)], [2]),
        new("path_filestat_get", [3, 0, Path, 4, 200], [(2, 4), (4, 64)], [3]),
        new("path_filestat_set_times", [3, 0, Path, 4, 0, 0, 0], [(2, 4)], [3]),
        new("path_link", [3, 0, Path, 4, 3, NewPath, 3], [(2, 4), (5, 3)], [3, 6]),
        new("path_open", [3, 0, Path, 4, 0, 2, 0, 0, 200], [(2, 4), (8, 4)], [3]),
        new("path_readlink", [3, LinkPath, 4, 5000, 10, 200], [(1, 4), (3, 10), (5, 4)], [2, 4]),
        new("path_remove_directory", [3, FolderPath, 3], [(1, 3)], [2]),
        new("path_rename", [3, Path, 4, 3, NewPath, 3], [(1, 4), (4, 3)], [2, 5]),
        new("path_symlink", [Path, 4, 3, NewPath, 3], [(0, 4), (3, 3)], [1, 4]),
        new("path_unlink_file", [3, Path, 4], [(1, 4)], [2]),
        new("poll_oneoff", [Poll, 5000, 1, 200], [(0, 48), (1, 32), (3, 4)], [2]),
        new("proc_exit", [0], [], []),
        new("proc_raise", [6], [], [], Errno.NotSupported),
        new("random_get", [5000, 16], [(0, 16)], [1]),
        new("sched_yield", [], [], []),
        new("sock_accept", [Listening.Listener, 0, 200], [(2, 4)], [], Errno.Again),
        new("sock_recv", [Connection, List, 1, 0, 200, 204], [(1, 8), (4, 4), (5, 2)], [2]),
        new("sock_send", [Connection, List, 1, 0, 200], [(1, 8), (4, 4)], [2]),
        new("sock_shutdown", [Connection, 3], [], []),
    ];

    /// <summary>A case for each function.</summary>
    public static IEnumerable<EscapeCase> Cases => Rows.Select(row => new EscapeCase($"sweep-{row.Function}", scene => Sweep(scene, row)));

    private static void Sweep(Scene scene, Row row)
    {
        scene.Link("granted/link", "file");
        Directory.CreateDirectory(scene.Host("granted/dir"));
        using var listening = row.Function.StartsWith("sock_", StringComparison.Ordinal) ? new Listening(scene) : null;
        var guest = listening?.Guest ?? scene.Start(
            scene.Options(scene.Data(), new EnvironmentGrant("A", "b")) with { Quotas = Quotas.Default with { WrittenBytes = 1 << 20 } });
        Prepare(guest);
        var connection = row.Arguments.Contains(Connection) ? listening!.Connect() : -1;
        if (connection >= 0) listening!.Stream.Write("sent"u8);
        var file = listening is null ? guest.MustOpen("file") : -1;
        Prepare(guest);
        long[] good = [.. row.Arguments.Select(value => value switch { File => file, Connection => connection, _ => value })];
        if (row.Function == "proc_exit") Exit(guest);
        else if (row.Pointers.Length == 0) Numbers(guest, row, good);
        else Pointers(guest, row, good);

        if (row.Function != "proc_exit") Assert.Equal(row.Good, guest.Call(row.Function, good));
        Assert.Equal(-1, guest.Memory.GetSpan(Untouched, AbiGuest.End - Untouched).IndexOfAnyExcept(AbiGuest.Canary));
        Assert.DoesNotContain(scene.Trail.Events, audited => audited is { Allowed: false, Kind: not "quotas" });
    }

    private static void Pointers(AbiGuest guest, Row row, long[] good)
    {
        foreach (var (index, bytes) in row.Pointers)
        {
            foreach (var bad in new[] { AbiGuest.End - bytes + 1, AbiGuest.End, int.MaxValue, 0x8000_0000L, 0xFFFF_FFFF - bytes, 0xFFFF_FFFF })
            {
                Assert.Equal((index, bad, Errno.Fault), (index, bad, guest.Call(row.Function, With(good, index, bad))));
            }
        }

        foreach (var index in row.Lengths)
        {
            foreach (var bad in new[] { int.MaxValue, 0x8000_0000L, 0xFFFF_FFFF })
            {
                Assert.Contains(guest.Call(row.Function, With(good, index, bad)), new[] { Errno.Fault, Errno.Invalid });
            }
        }

        if (!row.Arguments.Contains(List)) return;
        foreach (var (pointer, length) in new[] { (AbiGuest.End - 15U, 16U), (uint.MaxValue, 16U), (5000U, uint.MaxValue), (5000U, 0x7FFF_FFFFU) })
        {
            guest.PutBuffers(List, pointer, length);
            Assert.Equal(Errno.Fault, guest.Call(row.Function, good));
        }

        guest.PutBuffers(List, 5000, 16);
    }

    private static void Numbers(AbiGuest guest, Row row, long[] good)
    {
        for (var index = 0; index < good.Length; index++)
        {
            foreach (var bad in new[] { -1, int.MinValue, int.MaxValue, long.MinValue, long.MaxValue, 1L << 40 })
            {
                // Whatever it says: it comes back, as one of the errors there are.
                var arguments = With(good, index, bad);
                if (arguments[0] == good[0] && index == 0) continue;
                Assert.InRange((int)guest.Call(row.Function, arguments), 0, 76);
            }
        }
    }

    private static void Exit(AbiGuest guest)
    {
        foreach (var code in new[] { 0, 1, 126, 255, 256, -1, int.MinValue, int.MaxValue })
        {
            Assert.Equal(unchecked((uint)code), guest.Run(code));
        }
    }

    private static void Prepare(AbiGuest guest)
    {
        guest.Memory.GetSpan(0, AbiGuest.End).Fill(AbiGuest.Canary);
        guest.Put(Path, "file");
        guest.Put(LinkPath, "link");
        guest.Put(NewPath, "new");
        guest.Put(FolderPath, "dir");
        guest.PutBuffers(List, 5000, 16);
        guest.Memory.GetSpan(Poll, 48).Clear();
    }

    private static long[] With(long[] arguments, int index, long value)
    {
        long[] changed = [.. arguments];
        changed[index] = value;
        return changed;
    }

    /// <summary>A function with arguments that are good; which of them are pointers, to how many bytes; which are lengths.</summary>
    private sealed record Row(string Function, long[] Arguments, (int Index, int Bytes)[] Pointers, int[] Lengths, Errno Good = Errno.Success);
}
