using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Fuzz.Wasi.Model;

namespace Coffer.Fuzz.Wasi;

/// <summary>
/// Makes up calls: mostly such as do something, for which it keeps a model of its own, with now and then an argument
/// that no program would give.
/// </summary>
internal sealed class CallGenerator(Random random, WasiModel model)
{
    private const int FirstPath = 0x1000, PathBytes = 0x2000, Lists = 0x5000, Sources = 0x6000, Sinks = 0x7000;
    private const int Buffer = 0xC000, Heads = 0xD000, Subscriptions = 0xD100, Events = 0xD200, Results = 0x800;

    private static readonly string[] Frequent =
    [
        "path_open", "path_open", "path_open", "path_open", "path_open", "path_open", "fd_read", "fd_read", "fd_write",
        "fd_write", "fd_write", "fd_pread", "fd_pwrite", "fd_seek", "fd_seek", "fd_tell", "fd_filestat_get",
        "fd_filestat_set_size", "path_create_directory", "path_create_directory", "path_remove_directory",
        "path_remove_directory", "path_unlink_file", "path_unlink_file", "path_rename", "path_rename", "path_rename",
        "path_symlink", "path_symlink", "path_readlink", "path_link", "path_link", "path_filestat_get",
        "path_filestat_get", "fd_readdir", "fd_readdir", "fd_close", "fd_close", "fd_renumber", "fd_allocate",
    ];

    private static readonly string[] Names = ["a", "\u001B[2J\n\"", "b", "c", "d", "e", "f", "l", "k", "m", "o", "x", "y", "é"];

    private const int LastGranted = 5;
    private static readonly HashSet<string> Ending = ["fd_close", "fd_renumber", "fd_fdstat_set_rights"];

    private readonly List<(int, byte[])> inputs = [];
    private readonly byte[] memory = new byte[WasiSandbox.MemoryBytes];
    private WasiFunction function = WasiFunction.All[0];
    private int paths, results, lastLength;
    private ModelNode? folder;

    public WasiCall Next()
    {
        function = random.Next(6) > 0
            ? WasiFunction.Named(Frequent[random.Next(Frequent.Length)])
            : WasiFunction.All[random.Next(WasiFunction.All.Length)];
        // Nothing is read of no file.
        if (function.Name.StartsWith("fd_", StringComparison.Ordinal) && !Once(10) && !model.Numbers().Any(IsFile))
        {
            function = WasiFunction.Named("path_open");
        }

        inputs.Clear();
        folder = null;
        (paths, results) = (0, 0);
        var arguments = function.Roles.Select(Argument).ToArray();
        var call = new WasiCall(function, arguments, [.. inputs]);
        foreach (var (place, bytes) in call.Inputs) bytes.CopyTo(memory, place);
        model.Do(call, memory, Errno.Success);
        return call;
    }

    private long Argument(string role) => role switch
    {
        "fd" => Descriptor(),
        "path" => Pointer(Path()),
        "length" => Once(60) ? lastLength + random.Next(-1, 2) : Once(100) ? -1 : lastLength,
        "sinks" or "sources" => Pointer(List(role == "sinks" ? Sinks : Sources)),
        "count" => Once(40) ? Pick(0, -1, 1025, 1024, int.MinValue) : lastLength,
        "buffer" => Pointer(Buffer),
        "size" => Once(20) ? Pick(-1, int.MaxValue, 0x4000, 0x4001) : Once(3) ? random.Next(60) : 4000,
        "heads" => Pointer(Heads),
        "strings" => Pointer(Heads + 16),
        "subscriptions" => Pointer(Subscription()),
        "events" => Pointer(Events),
        "one" => Once(10) ? Pick(0, -1, 0x10000) : 1,
        "offset" => Offset(Pick(long.MaxValue, long.MaxValue - 5, 1L << 62, -1, long.MinValue)),
        "reading" => Offset(Pick(long.MaxValue, long.MaxValue - 5, 1L << 62, -1, long.MinValue, 1L << 32, int.MaxValue, -7)),
        "span" => Once(15) ? Pick(long.MaxValue, -1, 1L << 62) : random.Next(3000),
        "rights" => Once(3) ? -1 : random.NextInt64() & (random.NextInt64() | 0x1FFFF),
        "openrights" => OpenRights(),
        "time" or "precision" => Once(4) ? random.NextInt64() : Pick(0, 1, -1, long.MaxValue, 1_700_000_000_000_000_000),
        "cookie" => Once(3) ? Pick(1, 2, 3, -1, long.MaxValue, random.NextInt64()) : 0,
        "whence" => Once(20) ? Pick(3, -1, 255) : random.Next(3),
        "lookup" => function.Name == "path_link" ? Once(10) ? 1 : 0 : random.Next(2),
        "oflags" => Once(40) ? Pick(16, -1, 32) : Pick(0, 0, 0, 1, 1, 1, 2, 2, 5, 8, 9, 13, 3, 10, 4, 7),
        "fdflags" => Once(15) ? Pick(4, 5, 2, 8, 16, 32, -1) : Once(4) ? 1 : 0,
        "fstflags" => random.Next(17),
        "advice" => random.Next(7),
        "clock" => random.Next(-1, 5),
        "signal" => random.Next(4),
        _ => Pointer(Results + results++ * 0x80),
    };

    private bool IsFile(int number) => model.Find(number)!.Node!.Kind == NodeKind.File;

    private bool Once(int times) => random.Next(times) == 0;

    private long Pick(params ReadOnlySpan<long> values) => values[random.Next(values.Length)];

    private long Offset(long extreme) => Once(12) ? extreme : Once(4) ? random.Next(100_000) : random.Next(60);

    // Mostly one that the function can use. What ends a directory of the start leaves little to do for the calls
    // behind it.
    private long Descriptor()
    {
        if (Once(Ending.Contains(function.Name) ? 60 : 20)) return Pick(random.Next(3), 3 + random.Next(9), -1, 1000, int.MaxValue, int.MinValue);
        var isOfFolders = function.Name.StartsWith("path_", StringComparison.Ordinal) || function.Name is "fd_readdir";
        var usable = model.Numbers().Where(number => Ending.Contains(function.Name)
            ? number > LastGranted
            : model.Find(number)!.IsFolder == isOfFolders).ToList();
        // Where much may be changed, more happens.
        var chosen = usable.Count == 0 || (isOfFolders && Once(2) && usable.Contains(3)) ? 3 : usable[random.Next(usable.Count)];
        folder = model.Find(chosen)?.Node;
        return chosen;
    }

    private long OpenRights() => random.Next(8) switch
    {
        0 => Pick(-1, 0, random.NextInt64()),
        1 or 2 => 1 << 1 | 1 << 2 | 1 << 14 | 1 << 21,
        3 => 1 << 1,
        // All that files have, and what directories have that do not write.
        4 or 5 => 0x08E001FF,
        6 => 0x0FBFFE89 | (1 << 14),
        _ => 0x08E00041 | (1 << 1) | (1 << 2) | (1 << 5),
    };

    private long Pointer(int place) => Once(60)
        ? Pick(0xFFFF, 0x10000, 0xFFFFFFFF, 0x80000000, 0xFFFE, 0xFFFFFFF8, 0xFFF8)
        : place;

    private int Path()
    {
        var bytes = PathText();
        var place = FirstPath + paths++ * PathBytes;
        inputs.Add((place, bytes));
        lastLength = bytes.Length;
        return place;
    }

    private byte[] PathText()
    {
        if (Once(40))
        {
            return random.Next(6) switch
            {
                0 => [],
                1 => "a\0b"u8.ToArray(),
                2 => [(byte)'a', 0xFF],
                3 => Encoding.ASCII.GetBytes(new string('n', random.Next(254, 258))),
                4 => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("./", 2046 + random.Next(4))) + "a"),
                _ => "/a"u8.ToArray(),
            };
        }

        var text = new StringBuilder();
        var count = Once(3) ? random.Next(1, 5) : 1;
        var place = folder;
        for (var i = 0; i < count; i++)
        {
            if (i > 0) text.Append(Once(6) ? "//" : "/");
            var name = random.Next(16) switch
            {
                0 => ".",
                1 => "..",
                // What is there, so that more happens to it.
                < 9 when place?.Children.Count > 0 => place.Children.Keys.ElementAt(random.Next(place.Children.Count)),
                _ => Names[random.Next(Names.Length)],
            };
            text.Append(name);
            place = place?.Children.GetValueOrDefault(name) ?? place;
        }

        if (Once(8)) text.Append(Once(4) ? "//" : "/");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private int List(int start)
    {
        var count = Once(12) ? 0 : random.Next(1, 4);
        var list = new byte[count * 8];
        var place = start;
        for (var i = 0; i < count; i++)
        {
            var length = Once(8) ? 0 : random.Next(40);
            var pair = list.AsSpan(i * 8, 8);
            BinaryPrimitives.WriteUInt32LittleEndian(pair, (uint)Pointer(place));
            BinaryPrimitives.WriteInt32LittleEndian(pair[4..], Once(60) ? (int)Pick(-1, int.MaxValue, 0x10000) : length);
            if (start == Sources)
            {
                var data = new byte[length];
                random.NextBytes(data);
                inputs.Add((place, data));
            }

            place += length;
        }

        inputs.Add((Lists, list));
        lastLength = count;
        return Lists;
    }

    // A short sleep, or a descriptor that is looked at together with nothing else.
    private int Subscription()
    {
        var bytes = new byte[48];
        bytes[8] = (byte)random.Next(4);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), bytes[8] == 0 ? random.Next(-1, 5) : (int)Descriptor());
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), random.Next(100_000));
        inputs.Add((Subscriptions, bytes));
        return Subscriptions;
    }
}
