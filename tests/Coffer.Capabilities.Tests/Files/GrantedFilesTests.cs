using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>Single files, and the root that stands for what was not granted.</summary>
public sealed class GrantedFilesTests : IDisposable
{
    private readonly TemporaryDirectory host = new();

    public GrantedFilesTests()
    {
        Directory.CreateDirectory(host["data"]);
        File.WriteAllText(host["data/inside"], "inside");
        File.WriteAllText(host["app.json"], "settings");
        File.WriteAllText(host["secret"], Tree.Secret);
    }

    public void Dispose() => host.Dispose();

    [Fact]
    public void OpenAll_NothingGranted_ShowsAnEmptyRoot()
    {
        using var opened = Open();

        Assert.Equal(["/"], opened.Names);
        Assert.Empty(opened["/"].List());
        Assert.Equal(FileType.Directory, opened["/"].Status(".").Type);
        Assert.Equal(Errno.Escape, opened["/"].Try("..", Handles.Reading));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("./")]
    public void OpenAll_RootGranted_AddsNone(string name)
    {
        using var opened = Open(new DirectoryGrant(host["data"], name));

        Assert.Equal([name], opened.Names);
    }

    [Fact]
    public void OpenAll_FilesAndDirectories_AreShownInTheRoot()
    {
        using var opened = Open(
            new DirectoryGrant(host["data"], "/data/in") { Access = DirectoryAccess.Read },
            new FileGrant(host["app.json"], "/etc/app/app.json"),
            new FileGrant(host["secret"], "top") { Access = FileGrant.AllAccess });
        var root = opened["/"];

        Assert.Equal(["/data/in", "/"], opened.Names);
        Assert.Equal(["data", "etc", "top"], root.List().Order());
        using (var etc = root.OpenDirectory("etc")) Assert.Equal(["app"], etc.List());
        using (var data = root.OpenDirectory("data/in")) Assert.Equal(["inside"], data.List());
        Assert.Equal("settings", root.Read("etc/app/app.json"));
        Assert.Equal(8UL, root.Status("etc/app/app.json").Size);
        Assert.Equal(FileType.Directory, root.Status("data/in").Type);
        Assert.Equal(Errno.ReadOnly, root.Try("etc/app/app.json", Handles.Reading with { Write = true }));
        using (var file = root.OpenFile("top", Handles.Reading with { Write = true, Truncate = true })) file.Write("new"u8, out _);
        Assert.Equal("new", File.ReadAllText(host["secret"]));
    }

    [Fact]
    public void Root_AnyChange_IsRefused()
    {
        using var opened = Open(new FileGrant(host["app.json"], "/etc/app.json") { Access = FileGrant.AllAccess });
        var root = opened["/"];

        Assert.NotEqual(Errno.Success, root.Write("new", "x"));
        Assert.NotEqual(Errno.Success, root.MakeDirectory("new"));
        Assert.NotEqual(Errno.Success, root.Unlink("etc/app.json"));
        Assert.NotEqual(Errno.Success, root.Rename("etc/app.json", "stolen"));
        Assert.NotEqual(Errno.Success, root.HardLink("etc/app.json", "stolen"));
        Assert.NotEqual(Errno.Success, root.RemoveDirectory("etc"));
        Assert.NotEqual(Errno.Success, root.Symlink("x", "link"));
        Assert.Equal(["etc"], root.List());
    }

    [Fact]
    public void OpenAll_FilesBelowADirectory_HaveOneOfTheirOwn()
    {
        using var opened = Open(
            new DirectoryGrant(host["data"], "/"),
            new FileGrant(host["app.json"], "/etc/app.json"),
            new FileGrant(host["secret"], "/etc/other"));

        Assert.Equal(["/", "/etc"], opened.Names);
        Assert.Equal(["app.json", "other"], opened["/etc"].List().Order());
        Assert.Equal("settings", opened["/etc"].Read("app.json"));
    }

    [Fact]
    public void OpenAll_WitnessOff_FilesAreStillThere()
    {
        var set = new CapabilitySet(new FileGrant(host["app.json"], "/etc/app.json"));
        var opened = HostDirectory.OpenAll(set, null, rootWitness: false);

        var only = Assert.Single(opened);
        using (only.Handle)
        {
            Assert.Equal("/etc", only.GuestPath);
            Assert.Equal("settings", only.Handle.Read("app.json"));
        }

        Assert.Empty(HostDirectory.OpenAll(CapabilitySet.Empty, null, rootWitness: false));
    }

    [Fact]
    public void OpenAll_FileThatCannotBe_IsReported()
    {
        Assert.Throws<FileNotFoundException>(() => Open(new FileGrant(host["missing"], "/a")));
        Assert.Throws<FileNotFoundException>(() => Open(new FileGrant(host["data"], "/a")));
        Assert.Throws<ArgumentException>(() => Open(new DirectoryGrant(host["data"], "/a"), new FileGrant(host["secret"], "/a/b")));
        Assert.Throws<ArgumentException>(() => Open(new FileGrant(host["secret"], "/a"), new FileGrant(host["app.json"], "/a/b")));
        Assert.Throws<ArgumentException>(() => Open(new FileGrant(host["secret"], "/a"), new FileGrant(host["app.json"], "./a")));
        Assert.Throws<ArgumentException>(() => Open(new FileGrant(host["secret"], "../a")));
    }

    [Fact]
    public void Open_LinkPutInPlaceOfTheFile_IsNotFollowed()
    {
        using var opened = Open(new FileGrant(host["app.json"], "/app.json"));
        File.Delete(host["app.json"]);
        File.CreateSymbolicLink(host["app.json"], host["secret"]);

        Assert.NotEqual(Errno.Success, opened["/"].Try("app.json", Handles.Reading));
    }

    [Fact]
    public void OpenAll_HostPathIsALink_GivesTheFileItLeadsTo()
    {
        File.CreateSymbolicLink(host["link"], host["app.json"]);
        using var opened = Open(new FileGrant(host["link"], "/app.json"));

        Assert.Equal("settings", opened["/"].Read("app.json"));
    }

    [Theory]
    [InlineData("etc/app.json", DirectoryAccess.Read, true)]
    [InlineData("./etc/..//etc/app.json", DirectoryAccess.Read, true)]
    [InlineData("etc", DirectoryAccess.Read, true)]
    [InlineData("data", DirectoryAccess.Read, true)]
    [InlineData("data/in", DirectoryAccess.Read, true)]
    [InlineData("", DirectoryAccess.Read, true)]
    [InlineData(".", DirectoryAccess.Read, true)]
    [InlineData("", DirectoryAccess.Metadata, false)]
    [InlineData("etc", DirectoryAccess.Create, false)]
    [InlineData("etc/app.json", DirectoryAccess.Write, false)]
    [InlineData("etc/own", DirectoryAccess.Write | DirectoryAccess.Create, true)]
    [InlineData("etc/own", DirectoryAccess.Create, false)]
    [InlineData("etc/own", DirectoryAccess.Delete, false)]
    [InlineData("etc/app.jso", DirectoryAccess.Read, false)]
    [InlineData("etc/app.json/x", DirectoryAccess.Read, false)]
    [InlineData("data/inside", DirectoryAccess.Read, false)]
    [InlineData("../etc/app.json", DirectoryAccess.Read, false)]
    public void Decide_WithoutAGrantOfTheHandle_LooksAmongAll(string path, DirectoryAccess access, bool expected)
    {
        var set = new CapabilitySet(
            new FileGrant("/h/app.json", "/etc/app.json"),
            new FileGrant("/h/own", "/etc/own") { Access = FileGrant.AllAccess },
            new DirectoryGrant("/h/in", "/data/in"));

        Assert.Equal(expected, set.Decide(Request(path, access)).IsAllowed);
    }

    [Theory]
    [InlineData("etc/app.json", DirectoryAccess.Write, DenialReason.AccessNotGranted, "--file /h/app.json::/etc/app.json:read,write")]
    [InlineData("etc/app.json", DirectoryAccess.Delete, DenialReason.AccessNotGranted, "--dir /h::/etc:read,delete")]
    [InlineData("var/log/x", DirectoryAccess.Read, DenialReason.NotGranted, "--dir /var/log:ro")]
    [InlineData("x", DirectoryAccess.Read, DenialReason.NotGranted, "--dir .::/:ro")]
    [InlineData("../x", DirectoryAccess.Read, DenialReason.OutsideGrant, null)]
    public void Decide_Denied_NamesTheRemedy(string path, DirectoryAccess access, DenialReason reason, string? remedy)
    {
        var set = new CapabilitySet(new FileGrant("/h/app.json", "/etc/app.json"));

        var denial = set.Decide(Request(path, access)).Denial;

        Assert.Equal(reason, denial!.Reason);
        Assert.Equal(remedy, denial.RemedyOption);
        Assert.Equal(set.Grants, denial.Nearest);
    }

    private static AccessRequest Request(string path, DirectoryAccess access) => new()
    {
        Kind = CapabilityKind.Directory,
        Operation = "path_open",
        Access = access,
        Base = "/"u8,
        Path = System.Text.Encoding.UTF8.GetBytes(path),
    };

    private static Opened Open(params Grant[] grants) => new(HostDirectory.OpenAll(new CapabilitySet(grants), null));

    private sealed class Opened(IReadOnlyList<GrantedDirectory> directories) : IDisposable
    {
        public IEnumerable<string> Names => directories.Select(directory => directory.GuestPath);

        public DirectoryHandle this[string name] => directories.Single(directory => directory.GuestPath == name).Handle;

        public void Dispose()
        {
            foreach (var directory in directories) directory.Handle.Dispose();
        }
    }
}
