using Coffer.Opa.Bundles;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Bundles;

/// <summary>Bundles: of other implementations' suites, and such as should be refused.</summary>
public sealed class BundleTests
{
    private static readonly Engine Engine = new();

    [Theory]
    [InlineData("OpaDotNet/src/Wasm/tests/TestData/compile-bundle/bundle.tar.gz", "test1/hello", """{"message":"hi"}""", false)]
    [InlineData("OpaDotNet/src/Wasm/tests/TestData/compile-bundle/bundle.tar.gz", "test1/hello", """{"message":"world"}""", true)]
    [InlineData("OpaDotNet/src/Wasm/tests/TestData/compile-bundle/bundle.tar.gz", "test2/hello", """{"message":"world1"}""", true)]
    [InlineData("OpaDotNet/docs/snippets/data/bundle.tar.gz", "example/hello", """{"message":"world"}""", true)]
    [InlineData("dotnet-opa-wasm/bundle-example.tar.gz", "example/hello", """{"message":"world"}""", false)]
    [InlineData("golang-opa-wasm/examples/loaders/bundle.tgz", "", """{"foo":true}""", true)]
    public void Bundle_OfAnotherSuite_IsEvaluated(string file, string entrypoint, string input, bool wanted)
    {
        using var policies = PolicySet.Load(Engine, PolicyBundle.Read(File.ReadAllBytes(TestData.Require("opa/" + file))));
        Assert.Equal(wanted, policies.Evaluate(entrypoint, System.Text.Encoding.UTF8.GetBytes(input)).IsTrue);
    }

    [Fact]
    public void SourceBundle_HasDataAndNoModules()
    {
        var bundle = PolicyBundle.Read(
            File.ReadAllBytes(TestData.Require("opa/OpaDotNet/src/Compilation/tests/TestData/src.bundle.tar.gz")));
        Assert.Empty(bundle.Modules);
        Assert.NotEmpty(bundle.Data);
    }

    [Fact]
    public void Documents_OfFolders_AreMerged()
    {
        var bundle = PolicyBundle.Read(new BundleArchive()
            .Add("/data.json", """{"a":{"x":1}}""")
            .Add("./a/data.yaml", "y: [yes, 0x10, \"no\"]\nz: &z {k: 1.5}\nw: *z\n")
            .Add("b/c/data.json", """{"d":true}""")
            .Add(".manifest", """{"revision":"r7","roots":["a","b/c"],"metadata":{"by":"me"}}""").ToArray());
        Assert.Equal(RegoValue.Parse("""{"a":{"x":1,"y":[true,16,"no"],"z":{"k":1.5},"w":{"k":1.5}},"b":{"c":{"d":true}}}"""), bundle.Data);
        Assert.Equal(("r7", "a,b/c"), (bundle.Manifest.Revision, string.Join(",", bundle.Manifest.Roots)));
        Assert.Equal((RegoValue)"me", bundle.Manifest.Metadata["by"]);
        Assert.StartsWith("sha256:", bundle.Digest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../data.json", "{}", "leads out")]
    [InlineData("a/../../data.json", "{}", "leads out")]
    [InlineData("a\\..\\data.json", "{}", "leads out")]
    [InlineData("data.json", "[]", "is no object")]
    [InlineData("data.json", "{", "cannot be read")]
    [InlineData("data.yaml", "a: [", "cannot be read")]
    [InlineData(".manifest", """{"roots":["a","a/b"]}""", "overlap")]
    [InlineData(".manifest", """{"roots":[1]}""", "must be a string")]
    [InlineData(".manifest", """{"wasm":[{"entrypoint":"a/b","module":"/policy.wasm"}]}""", "not in the bundle")]
    [InlineData("patch.json", "{}", "patch.json")]
    public void Bundle_ThatIsWrong_IsRefused(string name, string content, string reason) =>
        Assert.Contains(reason, Refusal(new BundleArchive().Add(name, content)), StringComparison.Ordinal);

    [Fact]
    public void Data_OutsideOfTheRoots_IsRefused() => Assert.Contains(
        "outside of the roots", Refusal(new BundleArchive().Add(".manifest", """{"roots":["a/b"]}""").Add("data.json", """{"a":{"c":1}}""")), StringComparison.Ordinal);

    [Fact]
    public void Link_IsRefused() =>
        Assert.Contains("is no file", Refusal(new BundleArchive().AddLink("data.json", "/etc/passwd")),
        StringComparison.Ordinal);

    [Fact]
    public void File_ThatIsThereTwice_IsRefused() =>
        Assert.Contains("twice", Refusal(new BundleArchive().Add("data.json", "{}").Add("/data.json", "{}")),
            StringComparison.Ordinal);

    [Fact]
    public void Documents_ThatContradict_AreRefused() =>
        Assert.Contains("again", Refusal(new BundleArchive().Add("data.json", """{"a":{"b":1}}""").Add("a/data.json", """{"b":2}""")), StringComparison.Ordinal);

    [Fact]
    public void Bomb_IsRefusedBeforeItIsUnpacked()
    {
        var bomb = new BundleArchive().Add("zeros.bin", new byte[32 << 20]).ToArray();
        Assert.True(bomb.Length < 1 << 20);
        var error = Assert.Throws<BundleException>(
            () => PolicyBundle.Read(bomb, new BundleOptions { UnpackedBytes = 1 << 20 }));
        Assert.Contains("unpacks to more than 1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AliasesOfAliases_AreRefused()
    {
        var yaml = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + string.Concat(
            Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("nodes", Refusal(new BundleArchive().Add("data.yaml", yaml)), StringComparison.Ordinal);
    }

    [Fact]
    public void TooManyFiles_AreRefused()
    {
        var archive = Enumerable.Range(0, 11).Aggregate(new BundleArchive(), (all, i) => all.Add($"f{i}", "")).ToArray();
        var error = Assert.Throws<BundleException>(() => PolicyBundle.Read(archive, new BundleOptions { Files = 10 }));
        Assert.Contains("more than 10 files", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(600)]
    public void DamagedArchive_IsRefused(int length)
    {
        var whole = new BundleArchive().Add("data.json", "{\"a\":\"" + string.Join("", Enumerable.Range(0, 1000)) + "\"}")
            .ToArray();
        Assert.Throws<BundleException>(() => PolicyBundle.Read(length == 0 ? [1, 2, 3] : whole[..length]));
    }

    [Fact]
    public void Bundles_ThatOwnTheSame_AreNotLoadedTogether()
    {
        var left = PolicyBundle.Read(new BundleArchive().Add(".manifest", """{"roots":["a"]}""").ToArray());
        var right = PolicyBundle.Read(new BundleArchive().Add(".manifest", """{"roots":["a/b"]}""").ToArray());
        Assert.Throws<BundleException>(() => PolicySet.Load(Engine, [("left", left), ("right", right)]));
    }

    private static string Refusal(BundleArchive archive) =>
        Assert.Throws<BundleException>(() => PolicyBundle.Read(archive.ToArray())).Message;
}
