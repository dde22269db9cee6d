using Coffer.Fastly.Abi;
using Coffer.Fastly.Rates;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Fastly.Tests.Abi;

/// <summary>Tables, counters, waits, logs and what a run has used.</summary>
public sealed class LookupTests
{
    [Fact]
    public async Task Places_AreFoundByAddress()
    {
        using var guest = await AbiGuest.StartAsync("""
            [local_server.geolocation]
            format = "inline-toml"
            [local_server.geolocation.addresses."192.0.2.7"]
            city = "Nowhere"
            latitude = 1.5
            as_number = 7
            """);
        var (address, length) = guest.Put([192, 0, 2, 7]);
        Assert.Equal("""{"city":"Nowhere","latitude":1.5,"as_number":7}""", guest.GetText("fastly_geo.lookup", address, length));
        (address, length) = guest.Put([127, 0, 0, 1]);
        Assert.Contains("San Francisco", guest.GetText("fastly_geo.lookup", address, length), StringComparison.Ordinal);
        (address, length) = guest.Put([192, 0, 2, 8]);
        Assert.Equal("", guest.GetText("fastly_geo.lookup", address, length));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_geo.lookup", address, 5, AbiGuest.Buffer, 100, AbiGuest.Written));
    }

    [Fact]
    public async Task Devices_AreFoundByUserAgent()
    {
        using var guest = await AbiGuest.StartAsync("""
            [local_server.device_detection]
            format = "inline-toml"
            [local_server.device_detection.user_agents."Agent/1.0"]
            device = { name = "iPhone", is_mobile = true }
            """);
        var (agent, length) = guest.Put("Agent/1.0");
        Assert.Equal("""{"device":{"name":"iPhone","is_mobile":true}}""", guest.GetText("fastly_device_detection.lookup", agent, length));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_device_detection.lookup", agent, length - 1, AbiGuest.Buffer, 100, AbiGuest.Written));
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3, 4 }, "1.2.3.4/32", "ALLOW")]
    [InlineData(new byte[] { 1, 2, 3, 5 }, "1.2.3.0/24", "BLOCK")]
    [InlineData(new byte[] { 192, 168, 9, 9 }, "192.168.0.0/16", "BLOCK")]
    [InlineData(new byte[] { 9, 9, 9, 9 }, null, null)]
    public async Task AccessLists_GiveTheLongestPrefix(byte[] address, string? prefix, string? action)
    {
        var file = TestData.Require("fastly/viceroy/test-fixtures/data/my-acl-1.json");
        using var guest = await AbiGuest.StartAsync($"[local_server.acls]\nmine = '{file}'");
        var (name, length) = guest.Put("mine");
        var acl = guest.Get("fastly_acl.open", name, length);
        (name, length) = guest.Put(address);
        guest.Do("fastly_acl.lookup", acl, name, length, AbiGuest.Result, AbiGuest.Result2);
        Assert.Equal(prefix is null ? 2 : 1, guest.Read(AbiGuest.Result2));
        if (prefix is not null) Assert.Equal($$"""{"prefix":"{{prefix}}","action":"{{action}}"}""", guest.ReadBody(guest.Read(AbiGuest.Result)));
    }

    [Fact]
    public async Task Rates_AreCounted_AndPenalized()
    {
        var time = new FakeTimeProvider();
        using var guest = await AbiGuest.StartAsync(services: new FastlyServices { Capabilities = TestApplication.Usual, Time = time });
        var (counter, counterLength) = guest.Put("rc");
        var (entry, entryLength) = guest.Put("192.0.2.1");
        var (box, boxLength) = guest.Put("pb");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0, guest.Get("fastly_erl.check_rate", counter, counterLength, entry, entryLength, 1, 1, 10, box, boxLength, 60));
        }

        Assert.Equal(1, guest.Get("fastly_erl.check_rate", counter, counterLength, entry, entryLength, 1, 1, 10, box, boxLength, 60));
        Assert.Equal(1, guest.Get("fastly_erl.penaltybox_has", box, boxLength, entry, entryLength));
        Assert.Equal(11, guest.Get("fastly_erl.ratecounter_lookup_count", counter, counterLength, entry, entryLength, 10));
        time.Advance(TimeSpan.FromSeconds(30));
        guest.Do("fastly_erl.ratecounter_increment", counter, counterLength, entry, entryLength, 5);
        Assert.Equal(5, guest.Get("fastly_erl.ratecounter_lookup_count", counter, counterLength, entry, entryLength, 10));
        Assert.Equal(16, guest.Get("fastly_erl.ratecounter_lookup_count", counter, counterLength, entry, entryLength, 60));
        Assert.Equal(5, guest.Get("fastly_erl.ratecounter_lookup_rate", counter, counterLength, entry, entryLength, 1));
        Assert.Equal(1, guest.Get("fastly_erl.check_rate", counter, counterLength, entry, entryLength, 1, 1, 10, box, boxLength, 60));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(0, guest.Get("fastly_erl.penaltybox_has", box, boxLength, entry, entryLength));
        Assert.Equal(0, guest.Get("fastly_erl.ratecounter_lookup_count", counter, counterLength, entry, entryLength, 60));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_erl.ratecounter_lookup_rate", counter, counterLength, entry, entryLength, 7, AbiGuest.Result));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_erl.ratecounter_lookup_count", counter, counterLength, entry, entryLength, 0, AbiGuest.Result));
    }

    [Fact]
    public void RateLimits_KeepOnlySoManyEntries()
    {
        var rates = new RateLimits(new FakeTimeProvider(), maximumEntries: 10);
        for (var i = 0; i < 100; i++)
        {
            rates.Increment("c", $"{i}", uint.MaxValue);
            rates.Increment("c", $"{i}", uint.MaxValue);
            rates.Penalize("b", $"{i}", TimeSpan.FromMinutes(1 + i));
        }

        Assert.Equal(0U, rates.Count("c", "89", 60));
        Assert.Equal(uint.MaxValue, rates.Count("c", "99", 60));
        Assert.False(rates.IsPenalized("b", "5"));
        Assert.True(rates.IsPenalized("b", "99"));
    }

    [Fact]
    public async Task Logs_GoToTheirEndpoints_AndAreBounded()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { LogBytes = 20 });
        var (name, length) = guest.Put("audit");
        var endpoint = guest.Get("fastly_log.endpoint_get", name, length);
        var (message, messageLength) = guest.Put("ten bytes.");
        for (var i = 0; i < 4; i++) Assert.Equal(10, guest.Get("fastly_log.write", endpoint, message, messageLength));
        Assert.Equal(["audit: ten bytes.", "audit: ten bytes."], guest.Log.Lines.Take(2));
        Assert.Contains("LogBytes", Assert.Single(guest.Log.Lines.Skip(2)), StringComparison.Ordinal);
        foreach (var reserved in new[] { "stdout", "STDERR", "fst_managed_x" })
        {
            (name, length) = guest.Put(reserved);
            Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_log.endpoint_get", name, length, AbiGuest.Result));
        }
    }

    [Fact]
    public async Task Selection_EndsWithTheTime_OrWithWhatIsReady()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        using var guest = await AbiGuest.StartAsync(request: new TestRequest(method: "POST") { BodyStream = pipe.Reader.AsStream() });
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_async_io.select", 0, 0, 0, AbiGuest.Result));
        Assert.Equal(-1, guest.Get("fastly_async_io.select", 0, 0, 10));
        var handles = guest.PutNumbers(guest.Session.BodyHandle, guest.Session.BodyHandle);
        Assert.Equal(-1, guest.Get("fastly_async_io.select", handles, 1, 20));
        handles = guest.PutNumbers(guest.Session.BodyHandle, guest.NewBody("ready"));
        Assert.Equal(1, guest.Get("fastly_async_io.select", handles, 2, 0));
        await pipe.Writer.WriteAsync("x"u8.ToArray());
        Assert.Equal(0, guest.Get("fastly_async_io.select", handles, 1, 0));
        handles = guest.PutNumbers(guest.Session.BodyHandle, guest.NewRequest("/"));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_async_io.select", handles, 2, 0, AbiGuest.Result));
        Assert.Equal(FastlyStatus.LimitExceeded, guest.Call("fastly_async_io.select", handles, 5000, 0, AbiGuest.Result));
    }

    [Fact]
    public async Task Run_KnowsWhatItHasUsed()
    {
        using var guest = await AbiGuest.StartAsync();
        Assert.Equal(1, guest.Get("fastly_compute_runtime.get_heap_mib"));
        Assert.Equal(-1, guest.Get("fastly_async_io.select", 0, 0, 300));
        guest.Do("fastly_compute_runtime.get_vcpu_ms", AbiGuest.Result);
        Assert.InRange(guest.ReadLong(AbiGuest.Result), 0, 60_000);
        Assert.True(guest.Session.Wait.Total >= TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task UnsupportedFunctions_SayThatTheyAre()
    {
        using var guest = await AbiGuest.StartAsync();
        foreach (var function in HostLinker.All.Where(function => !function.IsSupported))
        {
            Assert.Equal(FastlyStatus.Unsupported, guest.Call($"{function.Module}.{function.Name}", new int[function.Parameters]));
        }
    }
}
