using System.Runtime.CompilerServices;
using Coffer.Plugins.Versions;

namespace Coffer.Plugins.Tests.Lifecycle;

public sealed class SwapTests : IAsyncDisposable
{
    private static readonly PluginOptions KeepNone = new() { KeptVersions = 0 };

    private readonly PluginHost host = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private Task<Plugin> Load(long number, PluginOptions? options = null) =>
        host.LoadAsync("answer", PluginSource.FromText(Wat.Answer(number)), options, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Load_OfAKnownName_SwapsItIn()
    {
        var first = await Load(1);
        Assert.Equal(1, Wat.Number(first.Call("answer")));
        var second = await Load(2);
        Assert.Same(first, second);
        Assert.Equal(2, Wat.Number(first.Call("answer")));
        Assert.Equal(2, first.Call("answer").Version);
        Assert.StartsWith("sha256:", host.List()[0].Active!.Label, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadVersions => new()
    {
        { "(module (func (export \"answer\") (result i32) (i64.const 0)))", "type" },
        { "(module (import \"nobody\" \"has\" (func)) (func (export \"answer\")))", "\"nobody\" \"has\"" },
        { "(module (func $s unreachable) (start $s))", "unreachable" },
        { "(module (func (export \"_initialize\") unreachable))", "unreachable" },
        { "(module (memory 60000))", "memory" },
        { "(module)", "no function \"answer\"" },
        { "(module (func (export \"answer\") (result i32) (i32.const 1)))", "returned 1" },
        { "(module (func (export \"answer\") (result i32) (i32.const 0)))", "not accepted" },
        { "(module (func (export \"answer\") (param i32) (result i32) (i32.const 0)))", "has the type" },
    };

    [Theory]
    [MemberData(nameof(BadVersions))]
    public async Task Swap_VersionThatIsNotWell_NeverTakesTraffic(string text, string says)
    {
        var options = new PluginOptions { Probes = [new PluginProbe("answer", default) { Accepts = answer => answer.Length == 8 }] };
        var plugin = await Load(1, options);
        var failure = await Assert.ThrowsAsync<PluginException>(
            () => plugin.SwapAsync(PluginSource.FromText(text), null, TestContext.Current.CancellationToken));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, Wat.Number(plugin.Call("answer")));
        Assert.Equal((1, 1), (plugin.ActiveVersion, plugin.Describe().Counters.FailedLoads));
    }

    [Fact]
    public async Task Load_ThatFails_LeavesNoPlugin()
    {
        await Assert.ThrowsAsync<PluginException>(() => host.LoadAsync("bad", PluginSource.FromBytes("no module"u8.ToArray()), null, TestContext.Current.CancellationToken));
        Assert.Null(host.Find("bad"));
        Assert.Contains("\"bad\"", Assert.Throws<KeyNotFoundException>(() => host.Get("bad")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_AfterASwap_TheOldVersionAnswers()
    {
        var plugin = await Load(1);
        await Load(2);
        Assert.True(plugin.TryRollback());
        Assert.Equal((1, 1), (Wat.Number(plugin.Call("answer")), plugin.ActiveVersion));
        Assert.False(plugin.TryRollback());
    }

    [Fact]
    public async Task Swap_WhileCallsAreUnderWay_TheyFinishOnTheOldOne()
    {
        using var inside = new SemaphoreSlim(0);
        using var proceed = new SemaphoreSlim(0);
        var options = KeepNone with
        {
            Functions = [new PluginFunction("test", "wait", () => { inside.Release(); proceed.Wait(); })],
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(30) },
        };
        string Waits(int number) => $$"""
            (module (import "test" "wait" (func $wait)) {{Wat.Kernel}}
              (func (export "answer") (result i32) (local $at i64)
                (call $wait)
                (local.set $at (call $alloc (i64.const 8)))
                (call $store_u64 (local.get $at) (i64.const {{number}}))
                (call $output_set (local.get $at) (i64.const 8))
                (i32.const 0)))
            """;
        var plugin = await host.LoadAsync("w", PluginSource.FromText(Waits(1)), options, TestContext.Current.CancellationToken);
        var old = Task.Run(() => Wat.Number(plugin.Call("answer")), TestContext.Current.CancellationToken);
        await inside.WaitAsync(TestContext.Current.CancellationToken);
        var draining = await plugin.SwapAndDrainAsync(PluginSource.FromText(Wat.Answer(2)), null, TestContext.Current.CancellationToken);
        Assert.Equal(2, Wat.Number(plugin.Call("answer")));
        Assert.False(draining.IsCompleted);
        Assert.Equal(VersionState.Draining, plugin.Describe().Versions[0].State);
        proceed.Release();
        Assert.Equal(1, await old);
        await draining.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(VersionState.Retired, plugin.Describe().Versions[0].State);
    }

    [Fact]
    public async Task Swap_OldCallDoesNotEnd_IsEndedAfterTheDrainTime()
    {
        var options = KeepNone with
        {
            DrainTime = TimeSpan.FromMilliseconds(50),
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(60) },
        };
        var plugin = await host.LoadAsync("l", PluginSource.FromText(Wat.Counter), options, TestContext.Current.CancellationToken);
        var old = Task.Run(() => plugin.Call("loop"), TestContext.Current.CancellationToken);
        while (plugin.Describe().Counters.Running == 0) await Task.Delay(1, TestContext.Current.CancellationToken);
        var draining = await plugin.SwapAndDrainAsync(PluginSource.FromText(Wat.Answer(2)), null, TestContext.Current.CancellationToken);
        Assert.Equal(PluginFailure.Replaced, (await Assert.ThrowsAsync<PluginException>(() => old)).Failure);
        await draining.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Swap_OldVersion_IsCollected()
    {
        var plugin = await Load(1, KeepNone);
        plugin.Call("answer");
        var (version, context) = CodeOf(plugin);
        await (await plugin.SwapAndDrainAsync(PluginSource.FromText(Wat.Answer(2)), null, TestContext.Current.CancellationToken));
        for (var i = 0; i < 50 && (version.IsAlive || context.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.False(version.IsAlive, "the version is still referenced");
        Assert.False(context.IsAlive, "its load context was not unloaded");
        Assert.Equal(2, Wat.Number(plugin.Call("answer")));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Module, WeakReference Context) CodeOf(Plugin plugin) => plugin.Run("look", 0, static (sandbox, _) =>
    {
        var module = sandbox.Instance.Module;
        var assembly = module.CodeMethod(module.Definition.ImportedFunctions).Module.Assembly;

        // A context that nobody holds begins to unload, and is there until that has ended.
        return (new WeakReference(module, trackResurrection: true),
            new WeakReference(System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(assembly), trackResurrection: true));
    });

    [Theory]
    [InlineData(InstancePolicy.Pooled)]
    [InlineData(InstancePolicy.Fresh)]
    [InlineData(InstancePolicy.LongLived)]
    public async Task SwapsUnderLoad_NoCallFailsAndNoneIsAnsweredByAnOldVersion(InstancePolicy instances)
    {
        var plugin = await Load(1, KeepNone with { Instances = instances, Breaker = null });
        var floor = 1L;
        var isOver = false;
        long calls = 0, old = 0;
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var lowest = Volatile.Read(ref floor);
                    if (Wat.Number(await plugin.CallAsync("answer")) < lowest) Interlocked.Increment(ref old);
                    Interlocked.Increment(ref calls);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();
        for (var i = 2; i <= 40; i++)
        {
            await plugin.SwapAsync(PluginSource.FromText(Wat.Answer(i)), null, TestContext.Current.CancellationToken);
            Volatile.Write(ref floor, i);
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(callers);
        Assert.Equal(0, old);
        Assert.Equal(0, plugin.Describe().Counters.Failures);
        Assert.True(calls > 1000, $"{calls} calls");
    }

    [Fact]
    public async Task Remove_TakesItAway()
    {
        var plugin = await Load(1);
        Assert.True(await host.RemoveAsync("answer"));
        Assert.False(await host.RemoveAsync("answer"));
        Assert.Empty(host.List());
        Assert.Equal(PluginFailure.Unavailable, Assert.Throws<PluginException>(() => plugin.Call("answer")).Failure);
    }
}
