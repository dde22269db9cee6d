using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Coffer.Stores.Tests.KeyValue;

namespace Coffer.Edge.Tests.Admin;

public class ApiTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task Logs_AreGivenAndFollowed()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", Programs.Binary(Programs.Running("unreachable")), new { health = false, rollback = false });
        using (await admin.Client.GetAsync("/shop"))
        {
        }

        await admin.Edge.Log.WaitForAsync("failed: ");
        Assert.Contains((await admin.GetAsync("/v1/apps/shop/logs")).AsArray(), line => ((string)line!["text"]!).Contains("unreachable", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/apps/shop/logs?tail=1") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using var answer = await admin.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith("id: ", await reader.ReadLineAsync());
        Assert.Contains("unreachable", await reader.ReadLineAsync(), StringComparison.Ordinal);
        await reader.ReadLineAsync();
        using (await admin.Client.GetAsync("/shop"))
        {
        }

        Assert.StartsWith("id: ", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("unreachable", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follower_ThatReadsNothing_KeepsNobodyWaiting()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", Programs.Binary(Programs.Running("unreachable")), new { health = false, rollback = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/logs") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using var answer = await admin.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        for (var index = 0; index < 3000; index++)
        {
            using var served = await admin.Client.GetAsync("/shop");
            Assert.Equal(HttpStatusCode.InternalServerError, served.StatusCode);
        }
    }

    [Fact]
    public async Task Metrics_HaveWhatHappened()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        for (var index = 0; index < 20; index++) await admin.AskAsync("shop");
        var seconds = await UntilAsync(async () => (await admin.GetAsync("/v1/metrics")).AsArray(), samples => samples.Sum(sample => (int)sample!["requests"]!) == 20);
        Assert.Contains(seconds, sample => sample!["p99"] is { } time && (double)time > 0);
        var last = (long)seconds[^1]!["time"]!;
        Assert.All((await admin.GetAsync($"/v1/metrics?after={last}")).AsArray(), sample => Assert.True((long)sample!["time"]! > last));
        Assert.Equal(20, (await admin.GetAsync("/v1/apps/shop/metrics")).AsArray().Sum(sample => (int)sample!["requests"]!));
        var status = await admin.GetAsync("/v1/status");
        Assert.True((bool)status["canDeploy"]!);
        Assert.True((long)status["residentBytes"]! > 0);
        var app = await admin.GetAsync("/v1/apps/shop");
        Assert.Equal(20, (int)app["requests"]!);
        Assert.Equal(20, (int)app["stable"]!["outcomes"]!["requests"]!);
    }

    [Fact]
    public async Task Events_ArePaged()
    {
        await using var admin = await TestAdmin.StartAsync();
        for (var index = 0; index < 6; index++) await admin.DeployAsync("shop", TestAdmin.Saying($"{index}"));
        var first = (await admin.GetAsync("/v1/events?limit=4")).AsArray();
        Assert.Equal(4, first.Count);
        var rest = (await admin.GetAsync($"/v1/events?limit=4&before={first[^1]!["id"]}")).AsArray();
        Assert.Equal([6, 5, 4, 3, 2, 1], first.Concat(rest).Select(happened => (int)happened!["version"]!));
        using var none = await admin.Api.GetAsync("/v1/events?limit=0");
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    [Fact]
    public async Task Stores_AreReadAndWritten()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        const string Entry = "/v1/apps/shop/stores/stock/entry?key=a%2Fb%2F..%2Fc";
        using (var put = await admin.Api.PutAsync(Entry + "&absent=true", new ByteArrayContent([0, 1, 2]))) Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        using (var again = await admin.Api.PutAsync(Entry + "&absent=true", new ByteArrayContent([9]))) Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        using (var got = await admin.Api.GetAsync(Entry))
        {
            Assert.Equal([0, 1, 2], await got.Content.ReadAsByteArrayAsync());
            Assert.Equal("1", got.Headers.GetValues("Coffer-Generation").Single());
        }

        Assert.Equal("[\"stock\"]", (await admin.GetAsync("/v1/apps/shop/stores")).ToJsonString());
        Assert.Equal("a/b/../c", (string?)(await admin.GetAsync("/v1/apps/shop/stores/stock/entries?prefix=a"))["keys"]![0]);
        await admin.Edge.RestartAsync();
        var restarted = TestAdmin.Of(admin.Edge);
        Assert.Equal([0, 1, 2], await restarted.Api.GetByteArrayAsync(Entry));
        using (var deleted = await restarted.Api.DeleteAsync(Entry)) Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using (var gone = await restarted.Api.GetAsync(Entry)) Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using (var removed = await restarted.Api.DeleteAsync("/v1/apps/shop/stores/stock")) Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using (var bad = await restarted.Api.GetAsync("/v1/apps/shop/stores/stock/entry?key=a%0Ab")) Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        using (var nobody = await restarted.Api.GetAsync("/v1/apps/nobody/stores")) Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Theory]
    [InlineData("""{ "file": "elsewhere.db" }""", false)]
    [InlineData("""{ "redis": { "file": "redis" } }""", true)]
    public async Task Stores_AreWhereTheConfigurationSays(string stores, bool isRedis)
    {
        if (isRedis && redis.Missing is { } reason) Assert.Skip(reason);
        await using var admin = await TestAdmin.StartAsync(
            more: "\"uploadBytes\": \"1MiB\" }, \"stores\": " + stores[..^1], files: [("redis", $"127.0.0.1:{redis.Port}\n")]);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using (var put = await admin.Api.PutAsync("/v1/apps/shop/stores/stock/entry?key=a", new ByteArrayContent([7]))) Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.False(File.Exists(Path.Combine(admin.Edge.Folder, "state", "stores.db")));
        Assert.Equal(!isRedis, File.Exists(Path.Combine(admin.Edge.Folder, "elsewhere.db")));
        await admin.Edge.RestartAsync();
        Assert.Equal([7], await TestAdmin.Of(admin.Edge).Api.GetByteArrayAsync("/v1/apps/shop/stores/stock/entry?key=a"));
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("""{ "file": "a", "redis": { "file": "b" } }""")]
    [InlineData("""{ "redis": { "file": "missing" } }""")]
    [InlineData("""{ "redis": { "variable": "COFFER_NO_SUCH_VARIABLE" } }""")]
    [InlineData("""{ "file": "token" }""")]
    public async Task Stores_ThatCannotBeUsed_AreRefusedWithThePlace(string stores)
    {
        var failure = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => TestEdge.StartAsync($$"""{ "stores": {{stores}} }""", ("token", new string('x', 5000))));
        Assert.Contains("coffer.json:1:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_IsPurged()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        var cache = admin.Edge.Server.Runtime.Host.Stores.CacheOf("shop");
        foreach (var key in (string[])["a", "b"])
        {
            using var fill = cache.Insert(Encoding.UTF8.GetBytes(key), new() { MaxAge = TimeSpan.FromHours(1), SurrogateKeys = [key] });
            fill.Complete();
        }

        using var one = await admin.Api.PostAsJsonAsync("/v1/apps/shop/cache/purge", new { key = "a" });
        Assert.Equal("""{"purged":1}""", await one.Content.ReadAsStringAsync());
        Assert.Null(cache.Lookup("a"u8));
        using var soft = await admin.Api.PostAsJsonAsync("/v1/apps/shop/cache/purge", new { all = true, soft = true });
        Assert.Equal("""{"purged":1}""", await soft.Content.ReadAsStringAsync());
        Assert.False(cache.Lookup("b"u8)?.IsFresh ?? false);
        using var none = await admin.Api.PostAsJsonAsync("/v1/apps/shop/cache/purge", new { soft = true });
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isRight)
    {
        for (var attempt = 0; ; attempt++)
        {
            var value = await ask();
            if (isRight(value)) return value;
            Assert.True(attempt < 200, "it does not become right");
            await Task.Delay(100);
        }
    }
}
