using System.Net;
using Coffer.Edge.Configuration;
using Coffer.Edge.Tests.Admin;
using Coffer.Stores.Tests.KeyValue;

namespace Coffer.Edge.Tests.Durability;

public class DamageTests
{
    [Fact]
    public async Task State_Damaged_SaysSo_AndIsRebuiltFromTheModules()
    {
        await using var admin = await TestAdmin.StartAsync();
        foreach (var text in (string[])["one", "two"]) await admin.DeployAsync("shop", TestAdmin.Saying(text), new { routes = new[] { "/here" } });
        await admin.DeployAsync("gone", TestAdmin.Saying("gone"));
        using (await admin.Api.DeleteAsync("/v1/apps/gone"))
        {
        }

        var state = Path.Combine(admin.Edge.Folder, "state");
        var failure = await Assert.ThrowsAsync<ConfigurationException>(() => admin.Edge.RestartAsync(() => Scribble(Path.Combine(state, "state.db"))));
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--recover", failure.Message, StringComparison.Ordinal);
        admin.Edge.Adjust = configuration => configuration with { Admin = configuration.Admin! with { Recover = true } };
        await admin.Edge.RestartAsync();
        var recovered = TestAdmin.Of(admin.Edge);
        Assert.Equal("two", await recovered.Client.GetStringAsync("/here"));
        Assert.Equal(["shop"], (await recovered.GetAsync("/v1/apps")).AsArray().Select(app => (string?)app!["name"]));
        Assert.Equal("recovered", (string?)(await recovered.GetAsync("/v1/events"))[0]!["kind"]);
        Assert.True(File.Exists(Path.Combine(state, "state.db.damaged")));
        await recovered.PostAsync("/v1/apps/shop/rollback");
        Assert.Equal("one", await recovered.Client.GetStringAsync("/here"));
        Assert.Equal(3, await recovered.DeployAsync("shop", TestAdmin.Saying("three")));
    }

    [Fact]
    public async Task State_Whole_IsNotTouchedByRecover()
    {
        await using var admin = await TestAdmin.StartAsync();
        foreach (var text in (string[])["one", "two"]) await admin.DeployAsync("shop", TestAdmin.Saying(text));
        await admin.PostAsync("/v1/apps/shop/rollback");
        admin.Edge.Adjust = configuration => configuration with { Admin = configuration.Admin! with { Recover = true } };
        await admin.Edge.RestartAsync();
        Assert.Equal("one", await TestAdmin.Of(admin.Edge).AskAsync("shop"));
    }

    [Fact]
    public async Task Module_Damaged_IsTold_AndIsWholeAfterAnUpload()
    {
        await using var admin = await TestAdmin.StartAsync();
        var module = TestAdmin.Saying("one");
        await admin.DeployAsync("shop", module);
        await admin.DeployAsync("other", TestAdmin.Saying("other"));
        await admin.Edge.RestartAsync(() => Scribble(Path.Combine(admin.Edge.Folder, "state", "modules", TestAdmin.DigestOf(module)["sha256:".Length..] + ".wasm")));
        var restarted = TestAdmin.Of(admin.Edge);
        Assert.Equal("other", await restarted.AskAsync("other"));
        using (var damaged = await restarted.Client.GetAsync("/shop")) Assert.Equal(HttpStatusCode.ServiceUnavailable, damaged.StatusCode);
        await admin.Edge.Log.WaitForAsync("is damaged on disk");
        await restarted.UploadAsync(module);
        Assert.Equal("one", await restarted.AskAsync("shop"));
    }

    [Fact]
    public async Task State_OfARunningServer_IsNotTakenByAnother()
    {
        await using var admin = await TestAdmin.StartAsync();
        var failure = Assert.Throws<Coffer.Edge.Deployment.DeploymentException>(() => Coffer.Edge.Ambient.StateFolder.Open(Path.Combine(admin.Edge.Folder, "state")));
        Assert.Contains("another server", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disk_Full_RefusesTheDeployment_AndServesOn()
    {
        using var folder = new TemporaryDirectory();
        if (!SmallFileSystem.TryMount(folder.Path, out var small, "2m")) Assert.Skip("mounting a small file system needs the rights of root");
        using (small)
        {
            var admin = await TestAdmin.StartAsync(state: small.Path + "/state");
            await using (admin)
            {
                await admin.DeployAsync("shop", TestAdmin.Saying("one"));
                var large = new byte[4 << 20];
                using (var refused = await admin.Api.PutAsync($"/v1/modules/{TestAdmin.DigestOf(large)}", new ByteArrayContent(large)))
                {
                    Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
                    Assert.Equal("storage", (await TestAdmin.ProblemAsync(refused)).Code);
                }

                var next = TestAdmin.Saying("two");
                await admin.UploadAsync(next);
                var filler = Path.Combine(small.Path, "filler");
                Fill(filler);
                using (var full = await admin.Api.PostAsync("/v1/apps/shop/deployments", System.Net.Http.Json.JsonContent.Create(new { digest = TestAdmin.DigestOf(next) })))
                    Assert.Equal(HttpStatusCode.InsufficientStorage, full.StatusCode);
                Assert.Equal("one", await admin.AskAsync("shop"));
                Assert.Equal(1, (int?)(await admin.GetAsync("/v1/apps/shop"))["stable"]!["number"]);
                File.Delete(filler);
                Assert.Equal(2, await admin.DeployAsync("shop", next));
                Assert.Equal("two", await admin.AskAsync("shop"));
                await admin.Edge.RestartAsync();
                Assert.Equal("two", await TestAdmin.Of(admin.Edge).AskAsync("shop"));
            }
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 64 << 10; size > 0; size /= 2)
        {
            try
            {
                while (true) file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Less fits, perhaps.
            }
        }
    }

    private static void Scribble(string path)
    {
        var bytes = File.ReadAllBytes(path);
        Array.Fill(bytes, (byte)0x5a);
        File.WriteAllBytes(path, bytes);
        foreach (var more in (string[])["-wal", "-shm"]) File.Delete(path + more);
    }
}
