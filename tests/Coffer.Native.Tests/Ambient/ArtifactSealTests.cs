using System.Runtime.Versioning;
using Coffer.Images;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;

namespace Coffer.Native.Tests.Ambient;

/// <summary>An entry is known by its seal for as long as the system says the same of it, and hashed when it does not.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ArtifactSealTests : IDisposable
{
    private readonly Bench bench = new();

    public ArtifactSealTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere each entry is hashed");
        Bench.RequireCompiler();
    }

    public void Dispose() => bench.Dispose();

    // The process keeps the native code of an entry that it loaded, so that each test has a module of its own.
    private static byte[] Guest(int result) => Bench.Binary($"""(module (func (export "f") (result i32) (i32.const {result})))""");

    private ArtifactDescription Describe(byte[] guest) => ArtifactDescription.Of(guest, bench.Engine.Options);

    private string EntryOf(byte[] guest) => CacheFolder.Open(bench.Cache).PathOf(Describe(guest).Key);

    private ArtifactSeal? Find(byte[] guest) => ArtifactSeal.Find(EntryOf(guest), CacheFolder.Open(bench.Cache).Key, Describe(guest));

    private Module LoadCached(byte[] guest) => new ModuleLoader(bench.Engine, bench.Options(NativePolicy.Cached)).Load(guest);

    // Puts an entry in place that no process has loaded.
    private void Publish(byte[] guest)
    {
        var artifact = Artifact.Read(bench.Loader().CompileArtifact(guest, TestContext.Current.CancellationToken));
        new ModuleCache(bench.Options()).Add(artifact.Image.Span, artifact.Record.Span, Describe(guest));
    }

    private int Call(Module module)
    {
        using var store = new Store(bench.Engine);
        return new Linker().Instantiate(store, module).GetFunction<int>("f")();
    }

    [Fact]
    public void Find_NewEntry_SaysWhereItsPartsAre()
    {
        var guest = Guest(1001);
        Publish(guest);
        var seal = Find(guest);
        var content = File.ReadAllBytes(EntryOf(guest));
        var artifact = Artifact.Read(content);
        Assert.Equal(new ArtifactSeal(NativeImage.Of(EntryOf(guest), artifact.Image.Span), artifact.Image.Length, artifact.Record.Length), seal);
        Assert.Equal(artifact.Record.ToArray(), SystemFile.TryReadPart(EntryOf(guest), seal!.RecordOffset, seal.RecordBytes));
        var module = LoadCached(guest);
        Assert.True(module.IsNative);
        Assert.Equal(1001, Call(module));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ArtifactSeal.PathOf(EntryOf(guest))));
    }

    public static TheoryData<string, bool> Changes => new()
    {
        { "turned", false }, { "cut", false }, { "longer", false }, { "turned, with its times", false },
        { "touched", true }, { "copied", true }, { "replaced by another entry", false }, { "written by others", true }, { "a link", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Load_EntryThatIsNotAsTheSealSays_IsHashed(string change, bool isWhole)
    {
        var guest = Guest(1100 + change.Length);
        Publish(guest);
        Assert.NotNull(Find(guest));
        Change(EntryOf(guest), change);
        Assert.Null(Find(guest));
        Assert.Equal(isWhole, LoadCached(guest).IsNative);
        Assert.Equal(change is "a link" || isWhole, bench.Warnings.Count == 0);
    }

    private void Change(string entry, string change)
    {
        var (time, content) = (File.GetLastWriteTimeUtc(entry), File.ReadAllBytes(entry));
        switch (change)
        {
            case "cut":
                File.WriteAllBytes(entry, content[..^1]);
                break;
            case "longer":
                File.WriteAllBytes(entry, [.. content, 0]);
                break;
            case "touched":
                File.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddSeconds(-5));
                break;
            case "copied":
                File.Move(entry, entry + "2");
                File.Copy(entry + "2", entry);
                File.SetLastWriteTimeUtc(entry, time);
                break;
            case "replaced by another entry":
                var other = Guest(1200);
                Publish(other);
                File.Move(EntryOf(other), entry, overwrite: true);
                File.Move(ArtifactSeal.PathOf(EntryOf(other)), ArtifactSeal.PathOf(entry), overwrite: true);
                break;
            case "written by others":
                File.SetUnixFileMode(entry, File.GetUnixFileMode(entry) | UnixFileMode.GroupWrite);
                break;
            case "a link":
                File.Move(entry, entry + "2");
                File.CreateSymbolicLink(entry, entry + "2");
                break;
            default:
                content[1000] ^= 1;
                File.WriteAllBytes(entry, content);
                if (change == "turned, with its times") File.SetLastWriteTimeUtc(entry, time);
                break;
        }
    }

    [Fact]
    public void Find_SealThatTheCacheDidNotSignForThis_IsNotBelieved()
    {
        var (guest, other) = (Guest(1300), Guest(1301));
        Publish(guest);
        Publish(other);
        var path = ArtifactSeal.PathOf(EntryOf(guest));
        var seal = File.ReadAllBytes(path);
        for (var i = 0; i < seal.Length; i++)
        {
            byte[] turned = [.. seal[..i], (byte)(seal[i] ^ 1), .. seal[(i + 1)..]];
            File.WriteAllBytes(path, turned);
            Assert.Null(Find(guest));
        }

        foreach (var content in new[] { [], new byte[Sha256.Size], new byte[40], seal[..^1], [.. seal, 0], File.ReadAllBytes(ArtifactSeal.PathOf(EntryOf(other))) })
        {
            File.WriteAllBytes(path, content);
            Assert.Null(Find(guest));
        }

        File.WriteAllBytes(path, seal);
        Assert.NotNull(Find(guest));
        Assert.Null(ArtifactSeal.Find(EntryOf(guest), new byte[CachePlace.KeyBytes], Describe(guest)));
        Assert.Null(ArtifactSeal.Find(EntryOf(guest), CacheFolder.Open(bench.Cache).Key, Describe(guest).With("more", "said")));
        Assert.Null(ArtifactSeal.Find(EntryOf(guest), CacheFolder.Open(bench.Cache).Key, Describe(other)));
        File.Delete(path);
        Assert.Null(Find(guest));
        Assert.True(LoadCached(guest).IsNative);
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public void Trim_UsedBySeal_StaysAndGoesWithIt()
    {
        var (old, used) = (Guest(1400), Guest(1401));
        Publish(old);
        Publish(used);
        File.SetLastWriteTimeUtc(ArtifactSeal.PathOf(EntryOf(used)), DateTime.UtcNow.AddHours(-1));
        File.SetLastWriteTimeUtc(ArtifactSeal.PathOf(EntryOf(old)), DateTime.UtcNow.AddMinutes(-1));
        Assert.NotNull(Find(used));
        var cache = CacheFolder.Open(bench.Cache);
        Assert.Equal([Describe(used).Key, Describe(old).Key], cache.Entries());
        cache.Trim(new FileInfo(EntryOf(used)).Length);
        Assert.Equal([EntryOf(used), ArtifactSeal.PathOf(EntryOf(used)), Path.Combine(bench.Cache, "key")], Directory.GetFiles(bench.Cache).Order());
        File.Delete(EntryOf(used));
        File.SetLastWriteTimeUtc(ArtifactSeal.PathOf(EntryOf(used)), DateTime.UtcNow.AddHours(-1));
        cache.Trim(long.MaxValue);
        Assert.Equal([Path.Combine(bench.Cache, "key")], Directory.GetFiles(bench.Cache));
    }
}
