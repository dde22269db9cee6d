using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Coffer.Edge.Deployment.State;
using Coffer.Edge.Tests.Chaos;

namespace Coffer.Edge.Tests.Admin;

/// <summary>Deployments that nobody waits for.</summary>
public sealed class OperationTests
{
    // A check of its health goes on until it is ended.
    private static readonly byte[] Endless = Programs.Binary(Programs.Sleeping(TimeSpan.FromHours(1)));

    private static readonly object Patient = new { health = new { timeout = "2m" }, limits = new { time = "2m" } };

    private static async Task<(HttpResponseMessage Answer, JsonNode Body)> BeginAsync(TestAdmin admin, string app, byte[] module, object? settings = null, string prefer = "respond-async", int? canary = null)
    {
        var digest = await admin.UploadAsync(module);
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/apps/{app}/deployments") { Content = JsonContent.Create(new { digest, settings, canary }) };
        request.Headers.Add("Prefer", prefer);
        var answer = await admin.Api.SendAsync(request);
        return (answer, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static async Task<JsonNode> EndAsync(TestAdmin admin, Uri location)
    {
        JsonNode? last = null;
        await Until.TrueAsync(() => (string)(last = admin.GetAsync(location.ToString()).Result)["state"]! is "serving" or "failed", $"it does not end: {last}");
        return last!;
    }

    [Theory]
    [InlineData("respond-async")]
    [InlineData("return=minimal, Respond-Async; x=1, wait=10")]
    public async Task Deploy_IsAcceptedAtOnce_AndServesInTheEnd(string prefer)
    {
        await using var admin = await TestAdmin.StartAsync();
        var (answer, body) = await BeginAsync(admin, "shop", TestAdmin.Saying("one"), prefer: prefer);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("respond-async", answer.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal($"/v1/operations/{body["id"]}", answer.Headers.Location!.ToString());
        Assert.Equal("shop", (string)body["app"]!);
        Assert.Equal(TestAdmin.DigestOf(TestAdmin.Saying("one")), (string)body["digest"]!);
        var end = await EndAsync(admin, answer.Headers.Location);
        Assert.Equal("serving", (string)end["state"]!);
        Assert.Equal(1, (int)end["version"]!);
        Assert.NotNull(end["ended"]);
        Assert.Null(end["reason"]);
        Assert.Equal("one", await admin.AskAsync("shop"));
        // Just this serves already: an operation as well, which changes nothing. And one by a share.
        var (again, _) = await BeginAsync(admin, "shop", TestAdmin.Saying("one"));
        Assert.Equal(1, (int)(await EndAsync(admin, again.Headers.Location!))["version"]!);
        var (canary, _) = await BeginAsync(admin, "shop", TestAdmin.Saying("two"), canary: 10);
        Assert.Equal(2, (int)(await EndAsync(admin, canary.Headers.Location!))["version"]!);
        Assert.Equal(2, (int)(await admin.GetAsync("/v1/apps/shop"))["candidate"]!["number"]!);
        var listed = (await admin.GetAsync("/v1/operations")).AsArray();
        Assert.Equal(["3", "2", "1"], listed.Select(each => each!["id"]!.ToString()));
        Assert.Single((await admin.GetAsync("/v1/operations?limit=1")).AsArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("respond-asynchronously")]
    [InlineData("x=\"respond-async\"")]
    public async Task Deploy_WithoutThePreference_IsWaitedFor(string prefer)
    {
        await using var admin = await TestAdmin.StartAsync();
        var (answer, body) = await BeginAsync(admin, "shop", TestAdmin.Saying("one"), prefer: prefer.Length == 0 ? "return=representation" : prefer);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(1, (int)body["version"]!);
        Assert.Empty((await admin.GetAsync("/v1/operations")).AsArray());
    }

    [Fact]
    public async Task Deploy_ThatFails_IsToldWithItsReason_AndChangesNothing()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        foreach (var (module, code, reason) in new[]
        {
            (Programs.Binary("none"), "not-loadable", "cannot be loaded"), (TestAdmin.Failing(), "unhealthy", "answered 500"),
        })
        {
            var (answer, _) = await BeginAsync(admin, "shop", module);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            var end = await EndAsync(admin, answer.Headers.Location!);
            Assert.Equal(("failed", code), ((string)end["state"]!, (string)end["code"]!));
            Assert.Contains(reason, (string)end["reason"]!, StringComparison.Ordinal);
            Assert.Null(end["version"]);
            Assert.Equal("one", await admin.AskAsync("shop"));
        }
    }

    [Fact]
    public async Task Deploy_ThatIsSeenToBeWrong_IsRefusedAtOnce()
    {
        await using var admin = await TestAdmin.StartAsync();
        var (answer, body) = await BeginAsync(admin, "shop", TestAdmin.Saying("one"), new { rotues = 1 });
        Assert.Equal((HttpStatusCode.BadRequest, "invalid"), (answer.StatusCode, (string)body["code"]!));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/apps/shop/deployments") { Content = JsonContent.Create(new { digest = TestAdmin.DigestOf([1]) }) };
        request.Headers.Add("Prefer", "respond-async");
        using var missing = await admin.Api.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Empty((await admin.GetAsync("/v1/operations")).AsArray());
        foreach (var path in (string[])["/v1/operations/7", "/v1/operations/x", "/v1/operations/-1", "/v1/operations/99999999999999999999"])
        {
            using var none = await admin.Api.GetAsync(path);
            Assert.Equal("not-found", (await TestAdmin.ProblemAsync(none)).Code);
        }
    }

    [Fact]
    public async Task State_WhileItGoesOn_IsTold_AndStoppingTheServerEndsIt()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        var (answer, _) = await BeginAsync(admin, "shop", Endless, Patient);
        var path = answer.Headers.Location!.ToString();
        await Until.TrueAsync(() => (string)admin.GetAsync(path).Result["state"]! == "checking", "it is not checked");
        Assert.Null((await admin.GetAsync(path))["ended"]);
        await admin.Edge.RestartAsync();
        await using var next = TestAdmin.Of(admin.Edge);
        var end = await next.GetAsync(path);
        Assert.Equal(("failed", "interrupted"), ((string)end["state"]!, (string)end["code"]!));
        Assert.Equal("one", await next.AskAsync("shop"));
        // The numbers go on.
        var (another, body) = await BeginAsync(next, "shop", TestAdmin.Saying("two"));
        Assert.Equal(2, (int)body["id"]!);
        Assert.Equal("serving", (string)(await EndAsync(next, another.Headers.Location!))["state"]!);
    }

    [Fact]
    public async Task Crash_InTheMiddle_IsToldAfterwards()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["token"], TestAdmin.Token);
        // Somewhere that is free now.
        var port = FreePort();
        await File.WriteAllTextAsync(folder["coffer.json"], $$"""
            { "listeners": [{ "address": "127.0.0.1:0" }], "admin": { "address": "127.0.0.1:{{port}}", "token": { "file": "token" }, "state": "state" } }
            """);
        string done, cut;
        using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            using var admin = TestAdmin.ApiAt($"http://127.0.0.1:{port}");
            done = await BeginAsync(admin, TestAdmin.Saying("one"), null);
            await Until.TrueAsync(() => StateAsync(admin, done).Result.State == "serving", "it does not serve");
            cut = await BeginAsync(admin, Endless, Patient);
            await Until.TrueAsync(() => StateAsync(admin, cut).Result.State == "checking", "it is not checked");
            await server.KillAsync();
        }

        using (await ServerProcess.StartAsync(folder.Path))
        {
            using var admin = TestAdmin.ApiAt($"http://127.0.0.1:{port}");
            Assert.Equal(("serving", null), await StateAsync(admin, done));
            Assert.Equal(("failed", "interrupted"), await StateAsync(admin, cut));
        }

        static async Task<string> BeginAsync(HttpClient admin, byte[] module, object? settings)
        {
            var digest = TestAdmin.DigestOf(module);
            using var uploaded = await admin.PutAsync($"/v1/modules/{digest}", new ByteArrayContent(module));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/apps/shop/deployments") { Content = JsonContent.Create(new { digest, settings }) };
            request.Headers.Add("Prefer", "respond-async");
            using var answer = await admin.SendAsync(request);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            return answer.Headers.Location!.ToString();
        }

        static async Task<(string State, string? Code)> StateAsync(HttpClient admin, string path)
        {
            var operation = (await admin.GetFromJsonAsync<JsonNode>(path))!;
            return ((string)operation["state"]!, (string?)operation["code"]);
        }
    }

    // A version is on disk and its operation has no end there, or the other way round: neither can be, since both are written at once.
    [Fact]
    public void End_IsWrittenWithTheChange()
    {
        using var folder = new TemporaryDirectory();
        using (var store = DeploymentStore.Open(folder["state"], recover: false, TimeProvider.System))
        {
            var begun = store.Begin("shop", new string('a', 64), null);
            var open = store.Begin("shop", new string('b', 64), 10);
            store.Save(new AppRecord { Name = "shop" }.Deployed(new string('a', 64), "{}", DateTimeOffset.UtcNow), 1, "deployed", "version 1 serves", begun.Id);
            Assert.Equal(OperationState.Pending, store.Operations(open.Id, 1).Single().State);
        }

        using var again = DeploymentStore.Open(folder["state"], recover: false, TimeProvider.System);
        Assert.Equal(1, again.FailInterrupted());
        Assert.Equal([OperationState.Failed, OperationState.Serving], again.Operations(null, 10).Select(each => each.State));
        Assert.Equal(0, again.FailInterrupted());
    }

    [Fact]
    public async Task Many_AreRefused()
    {
        await using var admin = await TestAdmin.StartAsync();
        // What waits for its turn to be compiled is under way as well.
        for (var i = 0; i < Coffer.Edge.Deployment.DeploymentOperations.MostRunning; i++)
        {
            var (begun, _) = await BeginAsync(admin, $"app-{i}", Endless, Patient);
            Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        }

        var (refused, body) = await BeginAsync(admin, "one-more", TestAdmin.Saying("one"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "busy"), (refused.StatusCode, (string)body["code"]!));
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
