using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>One linker for many guests: each call is served by the host that was attached to the store of its caller.</summary>
public sealed class AttachedHostTests
{
    private const string Text = """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_unstable" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "close") (result i32) (call $close (i32.const 1)))
          (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (drop (call $args (i32.const 16) (i32.const 64)))
            (i32.store (i32.const 32) (i32.const 64))
            (i32.store (i32.const 36) (i32.load (i32.const 4)))
            (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40)))
            (call $exit (i32.load (i32.const 0)))))
        """;

    private static readonly Engine Engine = new();
    private static readonly InstancePre Program = WasiHost.AddFunctionsTo(new Linker()).InstantiatePre(Module.CompileText(Engine, Text));

    private static (uint ExitCode, string Output) Run(params string[] arguments)
    {
        using var output = new MemoryStream();
        using var store = new Store(Engine);
        using var wasi = new WasiHost(new WasiOptions
        {
            Capabilities = new CapabilitySet([new StreamGrant(StandardStream.Output), .. arguments.Select(argument => new ArgumentGrant(argument))]),
            StandardOutput = output,
        });
        wasi.Attach(store);
        return (wasi.Run(Program.Instantiate(store)), Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task Run_ManyAtOnce_EachHasItsOwnArgumentsAndStreams()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), TestContext.Current.CancellationToken, (thread, _) =>
        {
            for (var i = 0; i < 100; i++)
            {
                var (code, output) = Run($"{thread}", $"{i}");
                Assert.Equal(3U, code);
                Assert.Equal($"program\0{thread}\0{i}\0", output);
            }

            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void Close_ByOneGuest_LeavesTheNextOneItsStream()
    {
        using (var store = new Store(Engine))
        {
            using var wasi = new WasiHost();
            wasi.Attach(store);
            var close = Program.Instantiate(store).GetFunction<int>("close");
            Assert.Equal(0, close());
            Assert.Equal(8, close());
        }

        Assert.Equal((1U, "program\0"), Run());
    }

    [Fact]
    public void Call_StoreWithoutAHost_SaysWhatIsMissing()
    {
        using var store = new Store(Engine);
        var close = Program.Instantiate(store).GetFunction<int>("close");
        Assert.Contains(nameof(WasiHost), Assert.Throws<LinkException>(() => close()).Message, StringComparison.Ordinal);
    }
}
