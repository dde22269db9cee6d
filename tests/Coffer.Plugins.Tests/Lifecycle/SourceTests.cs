using System.Security.Cryptography;
using Coffer.Tests;

namespace Coffer.Plugins.Tests.Lifecycle;

public sealed class SourceTests : IAsyncDisposable
{
    private readonly PluginHost host = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-plugins-");

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private string Write(string name, string text, DateTime? time = null)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, Coffer.Text.TextFormat.Parse(text));
        if (time is { } written) File.SetLastWriteTimeUtc(path, written);
        return path;
    }

    [Fact]
    public async Task Modules_AreMadeAsTheHostSays()
    {
        var made = new List<string?>();
        await using var other = new PluginHost(new PluginHostOptions
        {
            Compile = (engine, bytes, name) =>
            {
                made.Add(name);
                return Module.Compile(engine, bytes, name);
            },
        });
        var plugin = await other.LoadAsync("p", PluginSource.FromText(Wat.Answer(5)), null, TestContext.Current.CancellationToken);
        Assert.Equal(5, Wat.Number(plugin.Call("answer")));
        Assert.Equal(["p"], made);
    }

    [Fact]
    public async Task File_Stream_Text_Digest_AllLoad()
    {
        var path = Write("a.wasm", Wat.Answer(5));
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var digest = Convert.ToHexString(SHA256.HashData(bytes));
        await using var stream = File.OpenRead(path);
        PluginSource[] sources =
        [
            PluginSource.FromFile(path), PluginSource.FromBytes(bytes), PluginSource.FromText(Wat.Answer(5)),
            await PluginSource.FromStreamAsync(stream, "stream", TestContext.Current.CancellationToken),
            PluginSource.FromDigest(folder.FullName, digest), PluginSource.FromFile(path).WithDigest("sha256:" + digest),
        ];
        foreach (var source in sources)
        {
            var plugin = await host.LoadAsync("p", source, null, TestContext.Current.CancellationToken);
            Assert.Equal(5, Wat.Number(plugin.Call("answer")));
        }
    }

    [Fact]
    public async Task Digest_ThatIsAnother_IsNotLoaded()
    {
        var source = PluginSource.FromText(Wat.Answer(5)).WithDigest(new string('a', 64));
        var failure = await Assert.ThrowsAsync<PluginException>(() => host.LoadAsync("p", source, null, TestContext.Current.CancellationToken));
        Assert.Contains("and not sha256:aaa", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => source.WithDigest("sha256:xyz"));
        failure = await Assert.ThrowsAsync<PluginException>(
            () => host.LoadAsync("p", PluginSource.FromDigest(folder.FullName, new string('b', 64)), null, TestContext.Current.CancellationToken));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
    }

    [Fact]
    public async Task Folder_NewChangedBrokenAndGoneFiles_AreFollowed()
    {
        Write("one.wasm", Wat.Answer(1), new DateTime(2026, 1, 1));
        Write("two.wasm", Wat.Answer(2));
        await using var watch = await host.WatchFolderAsync(folder.FullName);
        Assert.Equal(["one", "two"], host.List().Select(plugin => plugin.Name));

        Write("three.wasm", Wat.Answer(3));
        Write("one.wasm", Wat.Answer(11), new DateTime(2026, 1, 2));
        File.Delete(Path.Combine(folder.FullName, "two.wasm"));
        await watch.LookAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["one", "three"], host.List().Select(plugin => plugin.Name));
        Assert.Equal(11, Wat.Number(host.Get("one").Call("answer")));

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "one.wasm"), "broken", TestContext.Current.CancellationToken);
        await watch.LookAsync(TestContext.Current.CancellationToken);
        Assert.Equal("one.wasm", Path.GetFileName(Assert.Single(watch.Failures).Key));
        Assert.Equal(11, Wat.Number(host.Get("one").Call("answer")));
    }

    [Fact]
    public async Task Folder_WatchedForReal_SwapsAChangedFileIn()
    {
        await using var quick = new PluginHost(new PluginHostOptions { WatchInterval = TimeSpan.FromMilliseconds(20) });
        Write("one.wasm", Wat.Answer(1), new DateTime(2026, 1, 1));
        await using var watch = await quick.WatchFolderAsync(folder.FullName);
        Write("one.wasm", Wat.Answer(2), new DateTime(2026, 1, 2));
        for (var i = 0; i < 500 && Wat.Number(quick.Get("one").Call("answer")) == 1; i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(2, Wat.Number(quick.Get("one").Call("answer")));
    }
}
