using System.Net;
using System.Net.Http.Json;

namespace Coffer.Edge.Tests.Admin;

public class DeploymentTests
{
    [Fact]
    public async Task Deploy_ThenAgain_ServesTheNewVersionAtOnce()
    {
        await using var admin = await TestAdmin.StartAsync();
        Assert.Equal(1, await admin.DeployAsync("shop", TestAdmin.Saying("one")));
        Assert.Equal("one", await admin.AskAsync("shop"));
        Assert.Equal(2, await admin.DeployAsync("shop", TestAdmin.Saying("two")));
        Assert.Equal("two", await admin.AskAsync("shop"));
        var app = await admin.GetAsync("/v1/apps/shop");
        Assert.Equal("deployment", (string?)app["source"]);
        Assert.Equal(2, (int?)app["stable"]!["number"]);
        Assert.True((bool)app["canRollBack"]!);
        Assert.Equal(["stable", "superseded"], (await admin.GetAsync("/v1/apps/shop/versions")).AsArray().Select(version => (string?)version!["fate"]));
    }

    [Fact]
    public async Task Deploy_TheSame_ChangesNothing()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using var again = await admin.TryDeployAsync("shop", TestAdmin.Saying("one"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(1, await admin.DeployAsync("shop", TestAdmin.Saying("one")));
        Assert.Equal(2, await admin.DeployAsync("shop", TestAdmin.Saying("one"), new { limits = new { time = "3s" } }));
    }

    [Fact]
    public async Task Deploy_WhatIsNoModule_LeavesTheOldVersion()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using var bad = await admin.TryDeployAsync("shop", [1, 2, 3]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        Assert.Equal("not-loadable", (await TestAdmin.ProblemAsync(bad)).Code);
        Assert.Equal("one", await admin.AskAsync("shop"));
        using var first = await admin.TryDeployAsync("other", [1, 2, 3]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, first.StatusCode);
        using var none = await admin.Api.GetAsync("/v1/apps/other");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("failed", (await admin.GetAsync("/v1/events")).AsArray().Select(happened => (string?)happened!["kind"]));
    }

    [Fact]
    public async Task Deploy_WhatFailsItsHealthCheck_LeavesTheOldVersion()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using var sick = await admin.TryDeployAsync("shop", TestAdmin.Failing("no database"));
        var (code, detail) = await TestAdmin.ProblemAsync(sick);
        Assert.Equal("unhealthy", code);
        Assert.Contains("500", detail, StringComparison.Ordinal);
        Assert.Contains("no database", detail, StringComparison.Ordinal);
        using var trapping = await admin.TryDeployAsync("shop", Programs.Binary(Programs.Running("unreachable")));
        Assert.Equal("unhealthy", (await TestAdmin.ProblemAsync(trapping)).Code);
        using var looping = await admin.TryDeployAsync(
            "shop", Programs.Binary(Programs.Running("(loop $again (br $again))")), new { health = new { timeout = "300ms" }, limits = new { time = "2s" } });
        Assert.Contains("300ms", (await TestAdmin.ProblemAsync(looping)).Detail, StringComparison.Ordinal);
        using var wanted = await admin.TryDeployAsync("shop", TestAdmin.Saying("two"), new { health = new { path = "/ready?x=1", status = 204 } });
        Assert.Contains("204", (await TestAdmin.ProblemAsync(wanted)).Detail, StringComparison.Ordinal);
        Assert.Equal("one", await admin.AskAsync("shop"));
        await admin.DeployAsync("shop", TestAdmin.Failing(), new { health = false });
    }

    [Fact]
    public async Task RollBack_GoesToTheVersionBefore_AndToANamedOne()
    {
        await using var admin = await TestAdmin.StartAsync();
        foreach (var text in (string[])["one", "two", "three"]) await admin.DeployAsync("shop", TestAdmin.Saying(text));
        await admin.PostAsync("/v1/apps/shop/rollback");
        Assert.Equal("two", await admin.AskAsync("shop"));
        await admin.PostAsync("/v1/apps/shop/rollback");
        Assert.Equal("one", await admin.AskAsync("shop"));
        using var none = await admin.Api.PostAsync("/v1/apps/shop/rollback", null);
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(none)).Code);
        await admin.PostAsync("/v1/apps/shop/rollback", new { version = 3 });
        Assert.Equal("three", await admin.AskAsync("shop"));
        using var unknown = await admin.Api.PostAsJsonAsync("/v1/apps/shop/rollback", new { version = 9 });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Canary_ServesItsShare_AndIsPromotedOrGivenUp()
    {
        await using var admin = await TestAdmin.StartAsync();
        using var tooEarly = await admin.TryDeployAsync("shop", TestAdmin.Saying("zero"), canary: 10);
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(tooEarly)).Code);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync("shop", TestAdmin.Saying("two"), canary: 20);
        Assert.Equal(20, await CountAsync("two"));
        using (var more = await admin.Api.PutAsJsonAsync("/v1/apps/shop/weight", new { weight = 50 })) Assert.Equal(HttpStatusCode.NoContent, more.StatusCode);
        Assert.Equal(50, await CountAsync("two"));
        await admin.PostAsync("/v1/apps/shop/abort");
        Assert.Equal(0, await CountAsync("two"));
        await admin.DeployAsync("shop", TestAdmin.Saying("three"), canary: 0);
        Assert.Equal(0, await CountAsync("three"));
        await admin.PostAsync("/v1/apps/shop/promote");
        Assert.Equal(100, await CountAsync("three"));
        using var again = await admin.Api.PostAsync("/v1/apps/shop/promote", null);
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(again)).Code);

        async Task<int> CountAsync(string text)
        {
            var count = 0;
            for (var index = 0; index < 100; index++) count += await admin.AskAsync("shop") == text ? 1 : 0;
            return count;
        }
    }

    [Fact]
    public async Task Candidate_ThatFails_IsGivenUpByItself()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync(
            "shop", TestAdmin.Failing(), new { health = false, rollback = new { errors = 50, requests = 10, window = "1m" } }, canary: 50);
        for (var index = 0; index < 30; index++) (await admin.Client.GetAsync("/shop")).Dispose();
        await admin.Edge.Log.WaitForAsync("was given up: ");
        for (var index = 0; index < 20; index++) Assert.Equal("one", await admin.AskAsync("shop"));
        var happened = (await admin.GetAsync("/v1/apps/shop/events")).AsArray()[0]!;
        Assert.Equal("aborted", (string?)happened["kind"]);
        Assert.Contains("requests failed", (string?)happened["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_ThatFails_IsRolledBackByItself()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync("shop", TestAdmin.Failing(), new { health = false, rollback = new { errors = 90, requests = 10 } });
        for (var index = 0; index < 9; index++) (await admin.Client.GetAsync("/shop")).Dispose();
        await Task.Delay(2500);
        Assert.Equal(2, (int?)(await admin.GetAsync("/v1/apps/shop"))["stable"]!["number"]);
        for (var index = 0; index < 5; index++) (await admin.Client.GetAsync("/shop")).Dispose();
        await admin.Edge.Log.WaitForAsync("serves again instead of");
        Assert.Equal("one", await admin.AskAsync("shop"));
    }

    [Fact]
    public async Task Routes_OfOthers_AreNotTaken()
    {
        await using var admin = await TestAdmin.StartAsync(
            apps: """ "fixed": { "module": "fixed.wasm", "routes": ["/fixed"] } """, files: [("fixed.wasm", TestAdmin.Saying("fixed"))]);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"), new { routes = new[] { "/a", "shop.example/" } });
        using var taken = await admin.TryDeployAsync("other", TestAdmin.Saying("two"), new { routes = new[] { "/a" } });
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(taken)).Code);
        using var configured = await admin.TryDeployAsync("other", TestAdmin.Saying("two"), new { routes = new[] { "/fixed" } });
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(configured)).Code);
        using var name = await admin.TryDeployAsync("fixed", TestAdmin.Saying("two"));
        Assert.Equal("conflict", (await TestAdmin.ProblemAsync(name)).Code);
        Assert.Equal("fixed", await admin.Client.GetStringAsync("/fixed"));
        Assert.Equal("one", await admin.Client.GetStringAsync("/a/below"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "shop.example" } };
        using var byHost = await admin.Client.SendAsync(request);
        Assert.Equal("one", await byHost.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Route_ThatManyWantAtOnce_IsGivenToOne()
    {
        await using var admin = await TestAdmin.StartAsync();
        string[] names = [.. Enumerable.Range(0, 8).Select(number => $"app{number}")];
        var digest = await admin.UploadAsync(TestAdmin.Saying("mine"));
        for (var round = 0; round < 5; round++)
        {
            var body = new { digest, settings = new { health = false, routes = new[] { $"/wanted{round}" } } };
            var answers = await Task.WhenAll(names.Select(name => admin.Api.PostAsJsonAsync($"/v1/apps/{name}/deployments", body)));
            Assert.Single(answers, answer => answer.IsSuccessStatusCode);
            Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
            foreach (var answer in answers) answer.Dispose();
            Assert.Equal("mine", await admin.Client.GetStringAsync($"/wanted{round}"));
            await admin.DeployAsync("bystander", TestAdmin.Saying($"{round}"));
        }
    }

    [Fact]
    public async Task Restart_WithARouteThatTheConfigurationTook_TakesItFromThatAppOnly()
    {
        await using var admin = await TestAdmin.StartAsync(files: [("fixed.wasm", TestAdmin.Saying("fixed"))]);
        foreach (var name in (string[])["early", "middle", "late"])
            await admin.DeployAsync(name, TestAdmin.Saying(name), new { routes = new[] { $"/at/{name}" } });
        admin.Edge.Adjust = configuration => configuration with
        {
            Apps = new Dictionary<string, Configuration.AppConfiguration> { ["fixed"] = new() { Module = "fixed.wasm", Routes = [new("/at/middle", false, [], null)] } },
        };
        await admin.Edge.RestartAsync();
        var restarted = TestAdmin.Of(admin.Edge);
        Assert.Equal("fixed", await restarted.Client.GetStringAsync("/at/middle"));
        Assert.Equal("early", await restarted.Client.GetStringAsync("/at/early"));
        Assert.Equal("late", await restarted.Client.GetStringAsync("/at/late"));
    }

    [Fact]
    public async Task Request_OfAReplacedVersion_EndsWithTheDrainTime()
    {
        await using var admin = await TestAdmin.StartAsync(more: "\"uploadBytes\": \"1MiB\" }, \"drainTime\": \"1s\", \"limits\": { \"concurrency\": 64");
        await admin.DeployAsync(
            "shop", Programs.Binary(Programs.Running("(loop $again (br $again))")), new { health = false, limits = new { time = "5m", cpu = "5m" } });
        var under = admin.Client.GetAsync("/shop");
        while (admin.Edge.Server.Runtime.Admission.Running == 0) await Task.Delay(10);
        await admin.DeployAsync("shop", TestAdmin.Saying("two"), new { });
        Assert.Equal("two", await admin.AskAsync("shop"));
        using var ended = await under.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ended.StatusCode);
        await admin.Edge.Log.WaitForAsync("its version was replaced");
    }

    [Fact]
    public async Task Configuration_DoesNotTakeTheNameOfADeployedApp()
    {
        await using var admin = await TestAdmin.StartAsync(files: [("fixed.wasm", TestAdmin.Saying("fixed"))]);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        var before = admin.Edge.Server.Configuration;
        admin.Edge.Adjust = configuration => configuration with
        {
            Apps = new Dictionary<string, Configuration.AppConfiguration> { ["shop"] = new() { Module = "fixed.wasm", Routes = [] } },
        };
        var failure = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => admin.Edge.Server.ReloadAsync());
        Assert.Contains("was deployed", failure.Message, StringComparison.Ordinal);
        Assert.Same(before, admin.Edge.Server.Configuration);
        Assert.Equal("one", await admin.AskAsync("shop"));
    }

    [Fact]
    public async Task Remove_ForgetsTheApp()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using (var removed = await admin.Api.DeleteAsync("/v1/apps/shop")) Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var gone = await admin.Client.GetAsync("/shop");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(1, await admin.DeployAsync("shop", TestAdmin.Saying("two")));
        Assert.Equal("two", await admin.AskAsync("shop"));
    }

    [Fact]
    public async Task Settings_ThatCannotBeUsed_AreRefusedWithThePlace()
    {
        await using var admin = await TestAdmin.StartAsync();
        using var unknown = await admin.TryDeployAsync("shop", TestAdmin.Saying("one"), new { limits = new { speed = "fast" } });
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("settings:1:", (await TestAdmin.ProblemAsync(unknown)).Detail, StringComparison.Ordinal);
        using var route = await admin.TryDeployAsync("shop", TestAdmin.Saying("one"), new { routes = new[] { "no-slash" } });
        Assert.Equal(HttpStatusCode.BadRequest, route.StatusCode);
        using var path = await admin.TryDeployAsync("shop", TestAdmin.Saying("one"), new { health = new { path = "no slash" } });
        Assert.Equal(HttpStatusCode.BadRequest, path.StatusCode);
    }

    [Fact]
    public async Task Restart_ServesWhatWasDeployed()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync("shop", TestAdmin.Saying("two"));
        await admin.DeployAsync("shop", TestAdmin.Saying("three"), canary: 50);
        await admin.DeployAsync("other", TestAdmin.Saying("other"), new { routes = new[] { "/x" } });
        await admin.Edge.RestartAsync();
        // The server is disposed with the one before.
        var again = TestAdmin.Of(admin.Edge);
        var answers = new HashSet<string>();
        for (var index = 0; index < 20; index++) answers.Add(await again.AskAsync("shop"));
        Assert.Equal(["three", "two"], answers.Order());
        Assert.Equal("other", await again.Client.GetStringAsync("/x"));
        await again.PostAsync("/v1/apps/shop/rollback");
        Assert.Equal("one", await again.AskAsync("shop"));
        Assert.Equal(4, await again.DeployAsync("shop", TestAdmin.Saying("four")));
    }
}
