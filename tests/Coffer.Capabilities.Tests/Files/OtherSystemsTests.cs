using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>Paths on Windows and macOS, against a simulation of what those do with them.</summary>
public sealed class OtherSystemsTests
{
    private readonly SimulatedSystem windows = New(windows: true);
    private readonly SimulatedSystem mac = New(windows: false);

    [Theory]
    [InlineData("CON")]
    [InlineData("nul")]
    [InlineData("NUL.txt")]
    [InlineData("nul .txt")]
    [InlineData("COM1")]
    [InlineData("com9.log")]
    [InlineData("COM\u00b9")]
    [InlineData("LPT\u00b3.x")]
    [InlineData("CONIN$")]
    [InlineData("conout$")]
    [InlineData("AUX ")]
    [InlineData("PRN.")]
    [InlineData("sub\\file")]
    [InlineData("..\\outside\\secret")]
    [InlineData("sub/..\\..\\outside\\secret")]
    [InlineData("file:stream")]
    [InlineData("file::$DATA")]
    [InlineData("sub:$I30:$INDEX_ALLOCATION")]
    [InlineData("C:file")]
    [InlineData("C:\\outside\\secret")]
    [InlineData("\\\\server\\share\\x")]
    [InlineData("\\\\?\\C:\\outside\\secret")]
    [InlineData("\\\\.\\PhysicalDrive0")]
    [InlineData("\\??\\C:\\outside")]
    [InlineData("\\outside\\secret")]
    [InlineData("file.")]
    [InlineData("file ")]
    [InlineData("file. .")]
    [InlineData("sub./file")]
    [InlineData("sub /file")]
    [InlineData("...")]
    [InlineData(".. ")]
    [InlineData(".. /outside")]
    [InlineData("LONGNA~1.TXT")]
    [InlineData("longna~1.txt")]
    [InlineData("LONGFO~1/file")]
    [InlineData("LONGFO~1")]
    [InlineData("fi*")]
    [InlineData("fil?")]
    [InlineData("fi\u0001le")]
    [InlineData("fi<le")]
    public void Windows_StrangeName_IsNeverOpenedNorChanged(string path)
    {
        using var root = Open(windows);
        foreach (var error in EachOperation(root, path)) Assert.Contains(error, new[] { Errno.NotFound, Errno.Invalid });

        Assert.DoesNotContain(windows.Touched, what => !what.StartsWith("list ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("junction")]
    [InlineData("junction/secret")]
    [InlineData("sub/back/outside/secret")]
    [InlineData("linked")]
    public void ReparsePoint_AnyOperation_IsNotFollowed(string path)
    {
        foreach (var system in new[] { windows, mac })
        {
            using var root = Open(system);
            Assert.Equal(Errno.Loop, root.Try(path, Handles.Reading));
            Assert.Equal(Errno.Loop, root.Try(path, Handles.Writing));
            Assert.Equal(Errno.Loop, root.Status(path, out _, follow: true));

            Assert.DoesNotContain(system.Touched, what => what.Contains("outside", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReparsePoint_SwappedInBetweenCheckAndUse_IsClosedUnread(bool truncate)
    {
        foreach (var system in new[] { windows, mac })
        {
            using var root = Open(system);
            system.BeforeOpen = () =>
            {
                system.Remove(SimulatedSystem.Root + @"\sub\secret");
                system.Remove(SimulatedSystem.Root + @"\sub\back");
                system.Remove(SimulatedSystem.Root + @"\sub");
                system.AddLink(SimulatedSystem.Root + @"\sub", @"C:\outside");
            };

            var request = Handles.Reading with { Write = truncate, Truncate = truncate };

            Assert.Equal(Errno.Loop, root.Try("sub/secret", request));
            Assert.DoesNotContain(system.Touched, what => what.StartsWith("truncate", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Directory_ReplacedByALink_ShowsNothingThroughItsHandle()
    {
        using var root = Open(windows);
        using var sub = root.OpenDirectory("long folder name");
        windows.Remove(SimulatedSystem.Root + @"\long folder name\file");
        windows.Remove(SimulatedSystem.Root + @"\long folder name");
        windows.AddLink(SimulatedSystem.Root + @"\long folder name", @"C:\outside");
        var writer = new DirectoryEntryWriter(new byte[200]);

        Assert.NotEqual(Errno.Success, sub.ReadEntries(0, ref writer));
        Assert.NotEqual(Errno.Success, sub.Try("secret", Handles.Reading));
        Assert.NotEqual(Errno.Success, sub.Write("new", "x"));
        Assert.DoesNotContain(windows.Touched, what => what.Contains("outside", StringComparison.Ordinal));
    }

    [Fact]
    public void OtherCase_SameFile_StaysInside()
    {
        foreach (var system in new[] { windows, mac })
        {
            using var root = Open(system);

            Assert.Equal(Errno.Success, root.Try("FILE", Handles.Reading));
            Assert.Equal(Errno.Exists, root.MakeDirectory("SUB"));
            Assert.Equal(Errno.Escape, root.Try("SUB/../../granted/file", Handles.Reading));
            Assert.All(system.Touched, what => Assert.Contains(SimulatedSystem.Root, what, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Rename_DirectoryToOtherCase_DoesNotRemoveIt()
    {
        foreach (var system in new[] { windows, mac })
        {
            using var root = Open(system);
            Assert.Equal(Errno.Success, root.MakeDirectory("empty"));

            Assert.Equal(Errno.Success, root.Rename("empty", "EMPTY"));

            Assert.Contains("EMPTY", root.List());
            Assert.DoesNotContain("empty", root.List());
        }
    }

    [Theory]
    [InlineData("caf\u00e9", "cafe\u0301")]
    [InlineData("cafe\u0301", "CAFE\u0301")]
    public void Mac_OtherNormalForm_IsTheSameFileAndStaysInside(string made, string asked)
    {
        using var root = Open(mac);
        Assert.Equal(Errno.Success, root.Write(made, ""));

        Assert.Equal(Errno.Success, root.Try(asked, Handles.Reading));
        Assert.Equal(Errno.Exists, root.Try(asked, Handles.Writing with { Exclusive = true }));
        Assert.All(mac.Touched, what => Assert.Contains(SimulatedSystem.Root, what, StringComparison.Ordinal));
    }

    [Fact]
    public void Windows_NameThatOnlyLooksShort_IsAFile()
    {
        windows.AddFile(SimulatedSystem.Root + @"\real~1", "x");
        using var root = Open(windows);

        Assert.Equal(Errno.Success, root.Try("real~1", Handles.Reading));
        Assert.Equal(Errno.Success, root.Write("new~2", ""));
    }

    [Fact]
    public void Grants_GuestNamesInOtherCase_AreDifferent()
    {
        var set = new CapabilitySet(new DirectoryGrant(@"C:\data", "/data"), new DirectoryGrant(@"C:\data", "/DATA"));

        Assert.Equal(2, set.Grants.Length);
        Assert.Empty(set.Intersect(new CapabilitySet(new DirectoryGrant(@"C:\DATA", "/data"))).Grants);
    }

    private static IEnumerable<Errno> EachOperation(DirectoryHandle root, string path)
    {
        yield return root.Try(path, Handles.Reading);
        yield return root.Try(path, Handles.Writing);
        yield return root.Try(path, Handles.Reading with { Directory = true });
        yield return root.Status(path, out _);
        yield return root.Status(path, out _, follow: true);
        yield return root.MakeDirectory(path);
        yield return root.RemoveDirectory(path);
        yield return root.Unlink(path);
        yield return root.Rename(path, "stolen");
        yield return root.Rename("file", path);
    }

    private static PortableDirectory Open(SimulatedSystem system) =>
        new(system, SimulatedSystem.Root, [], DirectoryAccess.All, null);

    private static SimulatedSystem New(bool windows)
    {
        var system = new SimulatedSystem(windows);
        system.AddFolder(@"C:\outside");
        system.AddFile(@"C:\outside\secret", Tree.Secret);
        system.AddFolder(SimulatedSystem.Root);
        system.AddFile(SimulatedSystem.Root + @"\file", "content");
        system.AddFile(SimulatedSystem.Root + @"\long name.txt", "long", "LONGNA~1.TXT");
        system.AddFolder(SimulatedSystem.Root + @"\long folder name", "LONGFO~1");
        system.AddFile(SimulatedSystem.Root + @"\long folder name\file", "long");
        system.AddFolder(SimulatedSystem.Root + @"\sub");
        system.AddFile(SimulatedSystem.Root + @"\sub\secret", "harmless");
        system.AddLink(SimulatedSystem.Root + @"\sub\back", @"C:");
        system.AddLink(SimulatedSystem.Root + @"\junction", @"C:\outside");
        system.AddLink(SimulatedSystem.Root + @"\linked", @"C:\outside\secret");
        return system;
    }
}
