using System.Buffers;
using System.Text;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins.Tests.Lifecycle;

/// <summary>Answers that are written where the caller says.</summary>
public sealed class AnswerTests : IAsyncDisposable
{
    private readonly PluginHost host = new();
    private readonly ArrayBufferWriter<byte> output = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private Task<Plugin> Load(string text, PluginOptions? options = null) =>
        host.LoadAsync("p", PluginSource.FromText(text), options, TestContext.Current.CancellationToken);

    /// <summary>Answers with its input, byte by byte.</summary>
    private static string Echo => Wat.Plugin("""
        (local $at i64) (local $i i64)
        (local.set $at (call $alloc (call $input_length)))
        (block $done (loop $l
          (br_if $done (i64.ge_u (local.get $i) (call $input_length)))
          (call $store_u8 (i64.add (local.get $at) (local.get $i)) (call $input_load_u8 (local.get $i)))
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br $l)))
        (call $output_set (local.get $at) (call $input_length))
        (i32.const 0)
        """);

    [Fact]
    public async Task CallInto_WritesTheAnswer_BehindWhatIsThere()
    {
        var plugin = await Load(Echo);
        Assert.Equal((3, 1L, true), Of(plugin.CallInto(output, "run", "one"u8.ToArray())));
        Assert.Equal((4, 1L, true), Of(await plugin.CallIntoAsync(output, "run", " two"u8.ToArray(), null, TestContext.Current.CancellationToken)));
        Assert.Equal((0, 1L, true), Of(plugin.CallInto(output, "run")));
        Assert.Equal("one two", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public async Task CallInto_OfSmallPieces_WritesAllOfThem()
    {
        var plugin = await Load(Echo);
        var input = Enumerable.Range(0, 10_000).Select(i => (byte)i).ToArray();
        var pieces = new Pieces();
        Assert.Equal(input.Length, plugin.CallInto(pieces, "run", input).Length);
        Assert.Equal(input, pieces.Written);
    }

    [Theory]
    [InlineData(InstancePolicy.Pooled)]
    [InlineData(InstancePolicy.LongLived)]
    public async Task CallInto_MemoryThatIsUsedAgain_AllocatesNothing(InstancePolicy instances)
    {
        var plugin = await Load(Echo, new PluginOptions { Instances = instances });
        var input = new byte[1024];
        void Call()
        {
            output.ResetWrittenCount();
            plugin.CallInto(output, "run", input);
        }

        void CallAsync()
        {
            output.ResetWrittenCount();
            var call = plugin.CallIntoAsync(output, "run", input);
            Assert.True(call.IsCompletedSuccessfully);
            _ = call.Result;
        }

        foreach (var call in (Action[])[Call, CallAsync])
        {
            for (var i = 0; i < 100; i++) call();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++) call();

            // Less than one object a call: the runtime itself may allocate now and then.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000);
        }
    }

    [Theory]
    [InlineData("unreachable", PluginFailure.Trapped)]
    [InlineData("(call $output_set (call $alloc (i64.const 8)) (i64.const 8)) (i32.const 1)", PluginFailure.Refused)]
    [InlineData("(call $output_set (i64.const 100000) (i64.const 8)) (i32.const 0)", PluginFailure.Trapped)]
    public async Task CallInto_ThatFails_WritesNothing(string body, PluginFailure expected)
    {
        var plugin = await Load(Wat.Plugin(body));
        Assert.Equal(expected, Assert.Throws<PluginException>(() => { plugin.CallInto(output, "run", "x"u8.ToArray()); }).Failure);
        Assert.Equal(expected, (await Assert.ThrowsAsync<PluginException>(async () => await plugin.CallIntoAsync(output, "run", "x"u8.ToArray()))).Failure);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public async Task CallInto_OfAPluginThatFailsOpen_WritesTheInput()
    {
        var plugin = await Load(Wat.Plugin("unreachable"), new PluginOptions { FailurePolicy = FailurePolicy.FailOpen });
        var written = plugin.CallInto(output, "run", "as it was"u8.ToArray());
        Assert.Equal((9, false, PluginFailure.Trapped), (written.Length, written.IsAnswered, written.Skipped!.Failure));
        written = await plugin.CallIntoAsync(output, "run", ", twice"u8.ToArray(), null, TestContext.Current.CancellationToken);
        Assert.Equal((7, false), (written.Length, written.IsAnswered));
        Assert.Equal("as it was, twice", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(FailurePolicy.FailReload)]
    [InlineData(FailurePolicy.FailOpen)]
    public async Task CallInto_WriterThatThrows_IsNoFailureOfThePlugin(FailurePolicy policy)
    {
        var plugin = await Load(Echo, new PluginOptions { FailurePolicy = policy, Instances = InstancePolicy.LongLived });
        foreach (var thrown in (Exception[])[new InvalidOperationException("full"), new PluginException(PluginFailure.Trapped, "other", "of another plugin")])
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Same(thrown, Assert.ThrowsAny<Exception>(() => { plugin.CallInto(new Pieces { Thrown = thrown }, "run", "x"u8.ToArray()); }));
                Assert.Same(thrown, await Assert.ThrowsAnyAsync<Exception>(async () => await plugin.CallIntoAsync(new Pieces { Thrown = thrown }, "run", "x"u8.ToArray())));
            }
        }

        Assert.Equal("y", plugin.Call("run", "y"u8.ToArray()).Text);
        Assert.Equal((13, 0, 0), (plugin.Describe().Counters.Calls, plugin.Describe().Counters.Failures, plugin.Describe().Counters.Skipped));
    }

    private static (int, long, bool) Of(PluginWritten written) => (written.Length, written.Version, written.IsAnswered);

    /// <summary>A writer that has seven bytes at a time, or none.</summary>
    private sealed class Pieces : IBufferWriter<byte>
    {
        private readonly byte[] piece = new byte[7];

        public List<byte> Written { get; } = [];

        public Exception? Thrown { get; init; }

        public void Advance(int count) => Written.AddRange(piece.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => Thrown is null ? piece : throw Thrown;

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
