using System.Diagnostics;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Plugins.Testing;
using Coffer.Plugins.Tests.Lifecycle;

namespace Coffer.Plugins.Tests.Hostile;

/// <summary>Plugins that mean harm: each costs its call, and those that mean well answer meanwhile.</summary>
public sealed class ZooTests : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(150);

    private readonly RecordedLogs logs = new();
    private readonly PluginHost host;

    public ZooTests() => host = new PluginHost(new PluginHostOptions { Loggers = logs });

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static PluginOptions Options => new()
    {
        Limits = PluginLimits.Default with { CallTimeout = Timeout, StartTimeout = Timeout },
        Breaker = null,
        Grants = CapabilitySet.Default.Override(new ClockGrant(GuestClock.Wall), new ClockGrant(GuestClock.Monotonic)),
        Functions =
        [
            new PluginFunction("test", "again", (Caller caller) => { _ = PluginSandbox.Of(caller).Instance.GetFunction<int>("run")(); }),
            new PluginFunction("test", "throw", new Action(() => throw new InvalidOperationException("the host's own"))),
        ],
    };

    public static TheoryData<string> Names => [.. HostilePlugin.Called.Select(plugin => plugin.Name)];

    public static TheoryData<string> LoadedNames => [.. HostilePlugin.Loaded.Select(plugin => plugin.Name)];

    [Fact]
    public void Zoo_HasAsManyAsItShould() => Assert.True(HostilePlugin.Called.Count + HostilePlugin.Loaded.Count >= 50);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Called_CostsItsCall_AndIsThereForTheNext(string name)
    {
        var hostile = HostilePlugin.Called.Single(plugin => plugin.Name == name);
        var good = await host.LoadAsync("good", PluginSource.FromText(Wat.Answer(7)), null, TestContext.Current.CancellationToken);
        var bad = await host.LoadAsync("bad", PluginSource.FromText(hostile.Text), Options, TestContext.Current.CancellationToken);
        for (var i = 0; i < 2; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var failure = await Task.Run(() => Failure(bad));
            // One that did not end would take for ever; a busy machine may take seconds.
            Assert.True(Stopwatch.GetElapsedTime(start) < Timeout + TimeSpan.FromSeconds(20), $"took {Stopwatch.GetElapsedTime(start)}");
            if (hostile.Expected.Length == 0) Assert.Null(failure);
            else Assert.True(failure is not null && hostile.Expected.Contains(failure.Failure), $"{failure}");
            Assert.Equal(7, Wat.Number(good.Call("answer")));
        }
    }

    [Theory]
    [MemberData(nameof(LoadedNames))]
    public async Task Loaded_NeverTakesACall(string name)
    {
        var hostile = HostilePlugin.Loaded.Single(plugin => plugin.Name == name);
        var plugin = await host.LoadAsync("p", PluginSource.FromText(Wat.Answer(7)), Options, TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<PluginException>(
            () => plugin.SwapAsync(PluginSource.FromText(hostile.Text), null, TestContext.Current.CancellationToken));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
        Assert.Equal(7, Wat.Number(plugin.Call("answer")));
    }

    [Fact]
    public async Task AllAtOnce_GoodPluginsAnswerMeanwhile()
    {
        var good = await host.LoadAsync("good", PluginSource.FromText(Wat.Answer(7)), null, TestContext.Current.CancellationToken);
        var bad = new List<Plugin>();
        foreach (var hostile in HostilePlugin.Called)
        {
            bad.Add(await host.LoadAsync(hostile.Name, PluginSource.FromText(hostile.Text), Options with { Breaker = PluginBreaker.Default }, TestContext.Current.CancellationToken));
        }

        var isOver = false;
        var harm = Enumerable.Range(0, 2).Select(part => Task.Factory.StartNew(
            () =>
            {
                for (var i = part; !Volatile.Read(ref isOver); i++) Failure(bad[i % bad.Count]);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        var begin = Stopwatch.GetTimestamp();
        var answers = 0;
        while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(3))
        {
            Assert.Equal(7, Wat.Number(await good.CallAsync("answer")));
            answers++;
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(harm);
        Assert.Equal(0, good.Describe().Counters.Failures);
        Assert.True(answers >= 1000, $"{answers} answers in 3 s");
    }

    private static PluginException? Failure(Plugin plugin)
    {
        try
        {
            plugin.Call("run");
            return null;
        }
        catch (PluginException failure)
        {
            return failure;
        }
    }
}
