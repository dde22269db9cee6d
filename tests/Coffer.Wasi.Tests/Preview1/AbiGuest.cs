using Coffer.Capabilities.Files;
using Coffer.Types;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>
/// A guest with a function for every function of WASI, which calls it with what it is given, so that a test can have it
/// called with any numbers and look at the memory. What is written is found by the <see cref="Canary"/> that surrounds it.
/// </summary>
internal sealed class AbiGuest : IDisposable
{
    public const byte Canary = (byte)'?';
    public const int End = 65536;

    /// <summary>The functions with the types of the witx description.</summary>
    public static readonly (string Name, string Parameters)[] Functions =
    [
        ("args_get", "i32 i32"), ("args_sizes_get", "i32 i32"),
        ("environ_get", "i32 i32"), ("environ_sizes_get", "i32 i32"),
        ("clock_res_get", "i32 i32"), ("clock_time_get", "i32 i64 i32"), ("fd_advise", "i32 i64 i64 i32"),
        ("fd_allocate", "i32 i64 i64"), ("fd_close", "i32"), ("fd_datasync", "i32"), ("fd_fdstat_get", "i32 i32"),
        ("fd_fdstat_set_flags", "i32 i32"), ("fd_fdstat_set_rights", "i32 i64 i64"), ("fd_filestat_get", "i32 i32"),
        ("fd_filestat_set_size", "i32 i64"), ("fd_filestat_set_times", "i32 i64 i64 i32"),
        ("fd_pread", "i32 i32 i32 i64 i32"), ("fd_prestat_get", "i32 i32"), ("fd_prestat_dir_name", "i32 i32 i32"),
        ("fd_pwrite", "i32 i32 i32 i64 i32"), ("fd_read", "i32 i32 i32 i32"), ("fd_readdir", "i32 i32 i32 i64 i32"),
        ("fd_renumber", "i32 i32"), ("fd_seek", "i32 i64 i32 i32"), ("fd_sync", "i32"), ("fd_tell", "i32 i32"),
        ("fd_write", "i32 i32 i32 i32"), ("path_create_directory", "i32 i32 i32"),
        ("path_filestat_get", "i32 i32 i32 i32 i32"), ("path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"),
        ("path_link", "i32 i32 i32 i32 i32 i32 i32"), ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        ("path_readlink", "i32 i32 i32 i32 i32 i32"), ("path_remove_directory", "i32 i32 i32"),
        ("path_rename", "i32 i32 i32 i32 i32 i32"), ("path_symlink", "i32 i32 i32 i32 i32"),
        ("path_unlink_file", "i32 i32 i32"), ("poll_oneoff", "i32 i32 i32 i32"), ("proc_raise", "i32"),
        ("sched_yield", ""), ("random_get", "i32 i32"), ("sock_accept", "i32 i32 i32"),
        ("sock_recv", "i32 i32 i32 i32 i32 i32"), ("sock_send", "i32 i32 i32 i32 i32"), ("sock_shutdown", "i32 i32"),
    ];

    private readonly WasiHost wasi;
    private readonly Instance instance;

    public AbiGuest(WasiOptions options, string module = "wasi_snapshot_preview1") : this(new WasiHost(options), module)
    {
    }

    /// <param name="host">What it is given; disposed with it.</param>
    /// <param name="module">The name by which it imports the functions.</param>
    public AbiGuest(WasiHost host, string module = "wasi_snapshot_preview1")
    {
        wasi = host;
        Store = new Store(Guest.Engine);
        var functions = Functions.Where(
            function => module != "wasi_unstable" || function.Name != "sock_accept").ToList();
        var imports = functions.Select(function => $"""
            (import "{module}" "{function.Name}" (func ${function.Name} (param {function.Parameters}) (result i32)))
            """);
        var calls = functions.Select(function => $"""
            (func $call_{function.Name} (export "{function.Name}") (param {function.Parameters}) (result i32)
              (call ${function.Name} {Arguments(function.Parameters)}))
            """);
        var text = $"""
            (module {string.Join('\n', imports)}
              (import "{module}" "proc_exit" (func $exit (param i32)))
              {string.Join('\n', calls)}
              (memory (export "memory") 1 1)
              (global $code (export "code") (mut i32) (i32.const 0))
              (func (export "_start") (call $exit (global.get $code)) unreachable))
            """;
        instance = wasi.AddTo(new Linker()).Instantiate(Store, Module.CompileText(Guest.Engine, text));
        Memory.GetSpan(0, End).Fill(Canary);
    }

    public Store Store { get; }

    public Memory Memory => instance.GetMemory();

    public uint Run(int code)
    {
        instance.GetGlobal("code").Value = Value.I32(code);
        return wasi.Run(instance);
    }

    private static string Arguments(string parameters) => string.Join(
        ' ', parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((_, index) => $"(local.get {index})"));

    /// <summary>Calls a function; numbers are converted to the types of its parameters.</summary>
    public Errno Call(string name, params ReadOnlySpan<long> arguments)
    {
        var function = instance.GetFunction(name);
        var values = new Value[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = function.FunctionType.Parameters[i].Kind == ValueKind.I64
                ? Value.I64(arguments[i])
                : Value.I32(unchecked((int)arguments[i]));
        }

        return (Errno)function.Invoke(values)[0].AsI32();
    }

    /// <summary>Puts text at a place and returns its length.</summary>
    public int Put(int pointer, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(Memory.GetSpan((ulong)pointer, bytes.Length));
        return bytes.Length;
    }

    /// <summary>Puts pairs of pointer and length.</summary>
    public void PutBuffers(int pointer, params ReadOnlySpan<uint> numbers)
    {
        for (var i = 0; i < numbers.Length; i++) Memory.Write((ulong)(pointer + i * 4), numbers[i]);
    }

    /// <summary>Opens a path below descriptor 3 with all rights.</summary>
    public Errno Open(string path, int flags, out int number, long rights = -1)
    {
        var length = Put(1000, path);
        var error = Call("path_open", 3, 0, 1000, length, flags, rights, -1, 0, 900);
        number = (int)Memory.Read<uint>(900);
        return error;
    }

    /// <summary>Has the host close all that the guest has, while it could still run.</summary>
    public void CloseAll() => wasi.Dispose();

    public void Dispose()
    {
        Store.Dispose();
        wasi.Dispose();
    }
}
