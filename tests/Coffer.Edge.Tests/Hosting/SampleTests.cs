using System.Net;
using System.Text.Json;

namespace Coffer.Edge.Tests.Hosting;

/// <summary>The site of samples/edge answers as its programs' sources say.</summary>
public sealed class SampleTests(SampleSite site) : IClassFixture<SampleSite>
{
    private HttpClient Client => site.Client;

    [Fact]
    public async Task Pages_AreRendered_AndHtmlInThemIsShown()
    {
        var index = await Client.GetStringAsync("/pages/", TestContext.Current.CancellationToken);
        Assert.Contains("<h1>A page from a sandbox</h1>", index);
        Assert.Contains("<code>&lt;script&gt;</code>", index);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync("/pages/none", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains("<em>b</em> c &lt;d&gt;", await PostAsync("/pages/", "a *b* [c](javascript:e) <d>"));
    }

    [Fact]
    public async Task Words_AreCounted()
    {
        var told = JsonDocument.Parse(await PostAsync("/words/x?y=1", "to be or not to be to")).RootElement;
        Assert.Equal("/x", told.GetProperty("path").GetString());
        Assert.Equal("y=1", told.GetProperty("query").GetString());
        Assert.Equal(3, told.GetProperty("words").GetProperty("to").GetInt32());
        Assert.Equal(["to", "be", "not"], told.GetProperty("top").EnumerateArray().Select(word => word.GetString()!));
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/words/");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Notes_AreKept_AndNumberedOnce()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => PostAsync("/notes", $"note \"{number}\"")));
        var numbers = added.Select(answer => JsonDocument.Parse(answer).RootElement.GetProperty("note").GetInt32());
        Assert.Equal(Enumerable.Range(1, 20), numbers.Order());
        var texts = new List<string>();
        for (var i = 1; i <= 20; i++)
        {
            var note = await Client.GetStringAsync($"/notes/{i}", TestContext.Current.CancellationToken);
            texts.Add(JsonDocument.Parse(note).RootElement.GetProperty("text").GetString()!);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"note \"{number}\"").Order(), texts.Order());
        Assert.Equal(HttpStatusCode.OK, (await Client.DeleteAsync("/notes/1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync("/notes/1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains("note-20", await Client.GetStringAsync("/notes", TestContext.Current.CancellationToken));
    }

    private async Task<string> PostAsync(string path, string text)
    {
        var answer = await Client.PostAsync(path, new StringContent(text), TestContext.Current.CancellationToken);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>The site, as its file says but for the port: its modules take a while to compile.</summary>
public sealed class SampleSite : IAsyncLifetime
{
    private TestEdge? edge;

    internal HttpClient Client => edge!.Client;

    public async ValueTask InitializeAsync()
    {
        var folder = Folder();
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".wasm" or ".md" or ".toml" && !file.Contains($"{Path.DirectorySeparatorChar}js{Path.DirectorySeparatorChar}"))
            .Select(file => (Path.GetRelativePath(folder, file), (object)File.ReadAllBytes(file)));
        var configuration = File.ReadAllText(Path.Combine(folder, "coffer.json")).Replace("localhost:8080", "127.0.0.1:0");
        edge = await TestEdge.StartAsync(configuration, [.. files]);
    }

    public async ValueTask DisposeAsync()
    {
        if (edge is not null) await edge.DisposeAsync();
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "samples", "edge") is var sample && Directory.Exists(sample)) return sample;
        }

        throw new DirectoryNotFoundException("samples/edge");
    }
}
