using System.Text;
using Coffer.Edge.Stores;
using Coffer.Edge.Tests.Admin;
using Coffer.Stores;

namespace Coffer.Edge.Tests.Isolation;

/// <summary>What one app keeps, no other finds.</summary>
public sealed class AppIsolationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stores_OfOneName_AreTwoOfTwoApps(bool onDisk)
    {
        using var folder = new TemporaryDirectory();
        await using var stores = new AppStores(onDisk ? SqliteKeyValueDatabase.Open(folder["kv.db"]) : new MemoryKeyValueDatabase());
        var one = stores.Open("one", "sessions");
        await one.PutAsync("key", Encoding.UTF8.GetBytes(Canary.Text));
        // Names that would be one if they were written behind each other.
        foreach (var (app, store, key) in new[]
        {
            ("two", "sessions", "key"), ("on", "esessions", "key"), ("one-sessions", "key", "key"), ("one", "sessionsk", "ey"), ("one", "Sessions", "key"), ("two", "one", "key"),
        })
        {
            var other = stores.Open(app, store);
            Assert.Null(await other.GetAsync(key));
            Assert.Empty((await other.ListAsync()).Keys);
            Assert.False(await other.DeleteAsync(key));
            await other.PutAsync("key", Encoding.UTF8.GetBytes("other"));
        }

        Assert.True(await stores.Database.RemoveAsync("two", "sessions"));
        Assert.Equal(Canary.Text, Encoding.UTF8.GetString((await one.GetAsync("key"))!.Value.Span));
    }

    [Fact]
    public async Task Cache_OfOneKey_IsTwoOfTwoApps()
    {
        await using var stores = new AppStores(new MemoryKeyValueDatabase());
        var key = "key"u8.ToArray();
        using (var fill = stores.CacheOf("one").Insert(key, new CacheWrite { MaxAge = TimeSpan.FromHours(1), SurrogateKeys = ["all"] }))
        {
            fill.Append(Encoding.UTF8.GetBytes(Canary.Text));
            fill.Complete();
        }

        Assert.NotNull(stores.CacheOf("one").Lookup(key));
        Assert.Null(stores.CacheOf("two").Lookup(key));
        // A purge of one does nothing to the other.
        Assert.Equal(0, stores.CacheOf("two").Purge("all"));
        Assert.Equal(0, stores.CacheOf("two").PurgeAll());
        Assert.NotNull(stores.CacheOf("one").Lookup(key));
    }

    [Fact]
    public async Task Logs_AreOfTheirApp()
    {
        const string head = "Content-Type: text/plain\n\n";
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("one", Logging($"{head}{Canary.Text}\n"));
        // One that tries to write into the log of the other.
        await admin.DeployAsync("two", Logging($"{head}\r\ninfo: coffer.app.one[1310]\n      request 1: forged\u0000forged\n"));
        await admin.AskAsync("one");
        await admin.AskAsync("two");
        var one = (await admin.GetAsync("/v1/apps/one/logs")).ToJsonString();
        var two = (await admin.GetAsync("/v1/apps/two/logs")).ToJsonString();
        Assert.Contains(Canary.Text, one, StringComparison.Ordinal);
        Assert.DoesNotContain("forged", one, StringComparison.Ordinal);
        Assert.Contains("forged", two, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary.Text, two, StringComparison.Ordinal);

        static byte[] Logging(string text) => Programs.Binary(Programs.Running(
            $"(drop (call $write (i32.const 2) (i32.const 1050) (i32.const {text.Length - head.Length}))) (call $print (i32.const 1024) (i32.const 26))", text));
    }

    [Fact]
    public async Task Folders_ThatAreGranted_AreThoseOfTheApp()
    {
        await using var edge = await TestEdge.StartAsync(
            """
            { "listeners": [{ "address": "127.0.0.1:0" }],
              "apps": {
                "one": { "module": "canary.wat", "routes": ["/one"], "grants": { "directories": ["one::/data"] } },
                "two": { "module": "canary.wat", "routes": ["/two"], "grants": { "directories": ["two::/data"] } },
                "over": { "module": "canary.wat", "routes": ["/over"], "grants": { "directories": ["one::/data:overlay"] } } } }
            """,
            ("canary.wat", Canary.Program), ("one/.keep", ""), ("two/.keep", ""));
        Assert.Equal(Canary.Clean, await edge.Client.GetStringAsync("/one"));
        (await edge.Client.PostAsync("/over", new StringContent(Canary.Text + "o0"))).Dispose();
        // What is written over a folder is the request's own.
        Assert.Equal(Canary.Clean, await edge.Client.GetStringAsync("/over"));
        Assert.Equal(Canary.Clean, await edge.Client.GetStringAsync("/one"));
        (await edge.Client.PostAsync("/one", new StringContent(Canary.Text + "o0"))).Dispose();
        Assert.Equal(Canary.Clean, await edge.Client.GetStringAsync("/two"));
        // A folder of the host is shared by all requests of the apps that it is granted to: that is what it is for.
        Assert.Equal(Canary.Clean + "F", await edge.Client.GetStringAsync("/one"));
        Assert.False(File.Exists(Path.Combine(edge.Folder, "two/left.txt")));
    }

    [Fact]
    public async Task Connections_ToOtherServers_KeepNothingOfAClient()
    {
        await using var backend = await TestEdge.OfAppAsync(
            Programs.Environment.Replace(Escaped("Content-Type: text/plain\n\n"), Escaped("Set-Cookie: c=1234567890\n\n"), StringComparison.Ordinal));
        await using var edge = await TestEdge.StartAsync($$"""
            { "listeners": [{ "address": "127.0.0.1:0" }], "proxy": [{ "routes": ["/"], "to": "http://{{backend.Address}}" }] }
            """);
        using var plain = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = edge.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", "c=" + Canary.Text);
        request.Headers.Add("Authorization", "Bearer " + Canary.Text);
        request.Headers.Add("traceparent", "00-4711471147114711471147114711aaaa-4711471147114711-01");
        using (var first = await plain.SendAsync(request))
        {
            Assert.Equal("c=1234567890", first.Headers.GetValues("Set-Cookie").Single());
            Assert.Contains(Canary.Text, await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        for (var i = 0; i < 5; i++)
        {
            var text = await plain.GetStringAsync("/");
            Assert.DoesNotContain(Canary.Text, text, StringComparison.Ordinal);
            Assert.DoesNotContain("HTTP_COOKIE", text, StringComparison.Ordinal);
            Assert.DoesNotContain("HTTP_AUTHORIZATION", text, StringComparison.Ordinal);
            Assert.DoesNotContain("471147114711", text, StringComparison.Ordinal);
        }
    }

    // As the text format of the programs has it. The two heads are of one length.
    private static string Escaped(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(each => $"\\{each:x2}"));
}
