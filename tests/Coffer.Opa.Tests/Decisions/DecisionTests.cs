using System.Text;
using Coffer.Opa.Decisions;
using Coffer.Opa.Tests.Abi;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Decisions;

/// <summary>Decisions by policies that are replaced meanwhile, and what is logged of them.</summary>
public sealed class DecisionTests
{
    private const string Allowed = "opa/wasm/test/allowed";

    [Fact]
    public async Task Swaps_UnderLoad_FailNoDecision_AndNoOldPolicyDecidesAfterwards()
    {
        await using var service = new DecisionService(Roles("u0"));
        using var stop = new CancellationTokenSource();
        var (decisions, failures) = (0L, new List<Exception>());
        var load = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    if (service.Decide(Allowed, User("nobody"))
                        .Value is null) throw new InvalidOperationException("undefined");
                    Interlocked.Increment(ref decisions);
                }
                catch (Exception exception)
                {
                    lock (failures) failures.Add(exception);
                }
            }
        })).ToArray();
        var ends = new List<Task>();
        for (var i = 1; i <= 20; i++)
        {
            ends.Add(service.Swap(Roles($"u{i}")));
            Assert.True(service.Decide(Allowed, User($"u{i}")).IsTrue);
            Assert.False(service.Decide(Allowed, User($"u{i - 1}")).IsTrue);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await Task.WhenAll(ends);
        Assert.Empty(failures);
        Assert.True(decisions > 0);
        Assert.Equal(21, service.Version);
    }

    [Fact]
    public void Path_GivesEntrypoints_WhatIsInThem_AndData()
    {
        var service = new DecisionService(Roles("alice"));
        Assert.Equal((RegoValue)true, service.Decide(Allowed, User("alice")).Value);
        Assert.Null(service.Decide(Allowed + "/deeper", User("alice")).Value);
        Assert.Equal(RegoValue.Parse("""{"allowed":true}"""), service.Decide("opa/wasm/test", User("alice")).Value);
        Assert.Equal((RegoValue)"admin", service.Decide("role/alice", null).Value);
        Assert.Null(service.Decide("role/bob", null).Value);
        Assert.Equal(RegoValue.Parse("""{"role":{"alice":"admin"},"opa":{"wasm":{"test":{"allowed":true}}}}"""), service.Decide("", User("alice")).Value);
    }

    [Fact]
    public async Task Log_HasTheFieldsOfOpenPolicyAgent_WithoutWhatIsMasked()
    {
        using var output = new MemoryStream();
        var log = new DecisionLog(output, leavesOpen: true);
        await using (var service = new DecisionService(Roles("alice"), new DecisionServiceOptions
        {
            Log = log,
            Labels = new Dictionary<string, string> { ["app"] = "shop" },
            Masks = [new("/input/password"), new("/input/cards/*/number", "XXXX"), new("/input/missing")],
        }))
        {
            var decision = service.Decide(Allowed, RegoValue.Parse("""{"user":"alice","password":"s3cret","cards":[{"number":1},{"number":2,"name":"n"}]}"""), "10.0.0.1");
            await log.DisposeAsync();
            var line = (RegoObject)RegoValue.Parse(Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n'));
            Assert.Equal((RegoValue)decision.Id, line["decision_id"]);
            Assert.Equal(RegoValue.Parse("""{"user":"alice","cards":[{"number":"XXXX"},{"number":"XXXX","name":"n"}]}"""), line["input"]);
            Assert.Equal(RegoValue.Parse("""["/input/password"]"""), line["erased"]);
            Assert.Equal(RegoValue.Parse("""["/input/cards/*/number"]"""), line["masked"]);
            Assert.Equal((RegoValue)true, line["result"]);
            Assert.Equal((RegoValue)"10.0.0.1", line["requested_by"]);
            Assert.Equal((RegoValue)Allowed, line["path"]);
            Assert.Equal(RegoValue.Parse("""{"app":"shop"}"""), line["labels"]);
            Assert.Equal((RegoValue)1L, line["req_id"]);
            Assert.NotNull(line["timestamp"]);
            Assert.NotNull(((RegoObject)line["metrics"]!)["timer_rego_query_eval_ns"]);
        }
    }

    [Fact]
    public async Task Log_TellsOfFailures()
    {
        using var output = new MemoryStream();
        var log = new DecisionLog(output, leavesOpen: true);
        var policy = PoliciesTests.Load("dotnet-opa-wasm/abort.wasm");
        await using var service = new DecisionService(PolicySet.Of(policy), new DecisionServiceOptions { Log = log });
        Assert.Throws<PolicyException>(() => service.Decide("aborttestpkg", null));
        await log.DisposeAsync();
        var line = (RegoObject)RegoValue.Parse(output.ToArray().AsSpan()[..^1]);
        Assert.Contains("conflict", line["error"]!.ToString(), StringComparison.Ordinal);
        Assert.Null(line["result"]);
    }

    [Fact]
    public void Masks_OfPolicies_AreRead()
    {
        var masks = DecisionMask.ReadAll(RegoValue.Parse("""{"/input/a",{"op":"remove","path":"/input/b"},{"op":"upsert","path":"/input/c","value":1}}""")).ToList();
        var decision = new DecisionEvent { DecisionId = "1", Timestamp = DateTimeOffset.UnixEpoch, Path = "p", Input = RegoValue.Parse("""{"a":1,"b":2,"d":3}""") };
        var masked = DecisionMask.Apply(masks, decision);
        Assert.Equal(RegoValue.Parse("""{"c":1,"d":3}"""), masked.Input);
        Assert.Equal(["/input/a", "/input/b"], masked.Erased.Order());
        Assert.Equal(["/input/c"], masked.Masked);
        Assert.Throws<FormatException>(() => DecisionMask.ReadAll(RegoValue.Parse("""{{"op":"upsertt","path":"/input/c"}}""")).ToList());
    }

    [Fact]
    public async Task FullLog_DropsAndCounts()
    {
        using var output = new BlockedStream();
        var log = new DecisionLog(output, capacity: 2);
        var decision = new DecisionEvent { DecisionId = "1", Timestamp = DateTimeOffset.UnixEpoch, Path = "p" };
        for (var i = 0; i < 10; i++) log.Write(decision);
        Assert.InRange(log.Dropped, 7, 8);
        output.Release();
        await log.DisposeAsync();
        Assert.Equal(10, log.Dropped + log.Written);
    }

    internal static PolicySet Roles(string admin)
    {
        var policy = PoliciesTests.Load("opa-java-wasm/core/src/main/resources/demo-policy.wasm");
        return PolicySet.Of(policy, RegoObject.Of(("role", RegoObject.Of((admin, "admin")))));
    }

    private static RegoObject User(string name) => RegoObject.Of(("user", name));

    private sealed class BlockedStream : MemoryStream
    {
        private readonly TaskCompletionSource released = new();

        public void Release() => released.SetResult();

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await released.Task;
    }
}
