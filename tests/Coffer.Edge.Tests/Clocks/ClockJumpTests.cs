using System.Net;
using System.Text.Json;
using Coffer.Capabilities.Audit;
using Coffer.Edge.Apps;
using Coffer.Edge.Limits;
using Coffer.Edge.Telemetry;
using Coffer.Edge.Tests.Admin;
using Coffer.Stores;
using Coffer.Stores.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Edge.Tests.Clocks;

/// <summary>Somebody sets the clock of a server that runs, by hours: nothing that lasts notices.</summary>
public sealed class ClockJumpTests
{
    private static string Configuration(string app) =>
        $$"""{ "listeners": [{ "address": "127.0.0.1:0" }], "accessLog": "-", "apps": { "app": { "module": "app.wat", "routes": ["/"], {{app}} } } }""";

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Requests_ThatRun_GoOnToTheirEnd(int hours)
    {
        var clock = new JumpingClock();
        await using var edge = await TestEdge.StartAsync(Configuration("\"limits\": { \"time\": \"60s\" }"), clock, ("app.wat", Programs.Sleeping(TimeSpan.FromSeconds(1))));
        var running = Enumerable.Range(0, 4).Select(_ => edge.Client.GetStringAsync("/")).ToList();
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 4, "they do not run");
        var began = TimeProvider.System.GetTimestamp();
        clock.Offset = TimeSpan.FromHours(hours);
        foreach (var each in running) Assert.Equal("slept", await each);
        // A clock that was set neither wakes who waits for a span, nor keeps him. What is measured is bounded generously.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(45));
        await edge.DisposeAsync();
        foreach (var line in Lines(edge))
        {
            Assert.InRange(line.GetProperty("guestMs").GetDouble(), 900, 45_000);
            Assert.InRange(line.GetProperty("durationMs").GetDouble(), 900, 45_000);
            // What is shown is the clock as it is now.
            Assert.InRange(line.GetProperty("time").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromHours(hours) - TimeSpan.FromMinutes(2), TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(2));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Limits_OfTimeAndQueue_AreWhatTheyAre(int hours)
    {
        var clock = new JumpingClock();
        // Until a time that a clock which was set back does not reach.
        var program = Programs.Sleeping(DateTimeOffset.UtcNow.AddDays(1) - DateTimeOffset.UnixEpoch, isAbsolute: true);
        await using var edge = await TestEdge.StartAsync(
            Configuration("\"limits\": { \"time\": \"2s\", \"concurrency\": 1, \"queueTime\": \"500ms\" }"), clock, ("app.wat", program));
        var running = edge.Client.GetAsync("/");
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 1, "it does not run");
        var waiting = edge.Client.GetAsync("/");
        clock.Offset = TimeSpan.FromHours(hours);
        using var refused = await waiting.WaitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        using var ended = await running.WaitAsync(TimeSpan.FromSeconds(45));
        Assert.Equal(HttpStatusCode.GatewayTimeout, ended.StatusCode);
        await edge.DisposeAsync();
        Assert.InRange(Lines(edge).Single(line => line.GetProperty("status").GetInt32() == 504).GetProperty("guestMs").GetDouble(), 1900, 45_000);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Stores_KeepTheirEntries_AndTheirTimes(int hours)
    {
        var clock = new JumpingClock();
        await using var admin = await StartAdminAsync(clock);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        const string entry = "/v1/apps/shop/stores/s/entry?key=";
        using (await admin.Api.PutAsync(entry + "long&ttl=3600", new StringContent("kept")))
        using (await admin.Api.PutAsync(entry + "short&ttl=1", new StringContent("gone")))
        {
        }

        var cache = admin.Edge.Server.Runtime.Host.Stores.CacheOf("shop");
        using (var fill = cache.Insert("key"u8.ToArray(), new CacheWrite { MaxAge = TimeSpan.FromHours(1) })) fill.Complete();
        clock.Offset = TimeSpan.FromHours(hours);
        Assert.Equal("kept", await admin.Api.GetStringAsync(entry + "long"));
        Assert.True(cache.Lookup("key"u8.ToArray())!.IsFresh);
        await Until.TrueAsync(() => !admin.Api.GetAsync(entry + "short").Result.IsSuccessStatusCode, "an entry outlives its time");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Versions_AreWatchedAndDrained_AsLongAsTheyShould(int hours)
    {
        var clock = new JumpingClock();
        await using var admin = await StartAdminAsync(clock);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync("shop", TestAdmin.Failing(), new { health = false, rollback = new { errors = 50, requests = 8, window = "10m", @for = "30m" } });
        var service = admin.Edge.Server.Administration.Deployments!;
        for (var i = 0; i < 4; i++) await FailAsync();
        // Neither is it watched no more, nor has the window ended in which the first have failed.
        clock.Offset = TimeSpan.FromHours(hours);
        await service.Rollbacks.LookAsync(service.Get("shop"));
        Assert.Equal(2, service.Get("shop").Record.Stable);
        for (var i = 0; i < 4; i++) await FailAsync();
        await Until.TrueAsync(() => service.Get("shop").Record.Stable == 1, "it was not taken back");
        Assert.Equal("one", await admin.AskAsync("shop"));
        // What is told is by the clock as it was; the order is that in which it happened.
        var events = (await admin.GetAsync("/v1/apps/shop/events")).AsArray();
        Assert.Equal(["rolled-back", "deployed", "deployed"], events.Select(each => (string)each!["kind"]!));
        var between = (DateTimeOffset)events[0]!["time"]! - (DateTimeOffset)events[1]!["time"]!;
        Assert.InRange(between, TimeSpan.FromHours(hours), TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(5));

        async Task FailAsync()
        {
            using var answer = await admin.Client.GetAsync("/shop");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Charts_GoOn(int hours)
    {
        var clock = new SettableClock();
        var apps = new AppRegistry(_ => NullLogger.Instance);
        await using var sampler = new LoadSampler(apps, clock);
        var app = apps.GetOrAdd("shop");
        var seen = 0L;
        for (var second = 0; second < 20; second++)
        {
            if (second == 10) clock.SetBy(TimeSpan.FromHours(hours));
            clock.Advance(TimeSpan.FromSeconds(1));
            app.Statistics.CountRefused(FaultKind.Overload, 503);
            sampler.Sample();
            // As the dashboard follows: it asks for what came after the last that it has.
            foreach (var samples in new[] { sampler.Total(seen), sampler.Of("shop", seen) })
            {
                var sample = Assert.Single(samples);
                Assert.Equal(1, sample.Requests);
                if (seen != 0) Assert.Equal(seen + 1000, sample.Time);
            }

            seen = sampler.Total(seen)[^1].Time;
            Assert.Empty(sampler.Total(seen));
        }

        Assert.Equal(20, sampler.Total(0).Count);
        // A page that is open since before a restart has later ones than there will be for hours.
        Assert.Equal(20, sampler.Total(seen + (long)TimeSpan.FromHours(5).TotalMilliseconds).Count);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void Denials_TheLastIsFirst_AndTheirLinesAreBounded(int hours)
    {
        var clock = new SettableClock();
        var log = new RecordedLog();
        var apps = new AppRegistry(_ => log);
        apps.GetOrAdd("shop");
        var book = new DenialBook();
        var sink = new DenialSink(apps, clock);
        for (var i = 0; i < DenialBook.Kept + 5; i++)
        {
            if (i == 100) clock.SetBy(TimeSpan.FromHours(hours));
            clock.Advance(TimeSpan.FromMilliseconds(1));
            var denied = new AuditEvent { Time = clock.GetUtcNow(), Module = "shop", Run = "1", Sequence = i, Kind = "file", Operation = "path_open", Resource = $"file-{i}", Allowed = false };
            book.Write(denied);
            sink.Write(denied);
        }

        // What was not asked for the longest went, and no more lines were written than belong to a second.
        var listed = book.List().Select(denial => denial.Resource).ToList();
        Assert.Equal("file-204", listed[0]);
        Assert.Equal("file-5", listed[^1]);
        Assert.InRange(log.Lines.Count, 1, 40);
    }

    private static async Task<TestAdmin> StartAdminAsync(TimeProvider clock) => TestAdmin.Of(await TestEdge.StartAsync(
        """
        {
          "listeners": [{ "address": "127.0.0.1:0" }],
          "admin": { "address": "127.0.0.1:0", "token": { "file": "token" }, "state": "state" }
        }
        """, clock, ("token", TestAdmin.Token + "\n")));

    private static List<JsonElement> Lines(TestEdge edge) =>
        [.. System.Text.Encoding.UTF8.GetString(edge.Output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
