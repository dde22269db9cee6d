using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>A granted folder of every kind with the same content, beside a file that no guest may reach.</summary>
internal sealed class GuestFolder : IDisposable
{
    private const int Create = 1, First = 1000, Second = 6000;
    private const long AllOfFiles = 0x08E001FF;
    private static readonly (string Name, string Target)[] Links =
    [
        ("dangling", "missing"), ("escape", "../outside"), ("loop", "loop"), ("to-file", "file"), ("to-folder", "folder"),
    ];

    private readonly TemporaryDirectory host = new();

    public GuestFolder() => File.WriteAllText(host["outside"], "secret");

    /// <summary>Where the content may be, and whether paths of the host are walked.</summary>
    public static TheoryData<DirectorySource, bool> Backings => new()
    {
        { DirectorySource.Host, false },
        { DirectorySource.Host, true },
        { DirectorySource.Overlay, false },
        { DirectorySource.Memory, false },
    };

    /// <summary>The names in it.</summary>
    public static IEnumerable<string> Names => ["file", "folder", .. Links.Select(link => link.Name)];

    /// <summary>The path of the folder on the host.</summary>
    public string Path => host["granted"];

    /// <summary>A guest that has it as <c>/data</c>.</summary>
    public AbiGuest Start(
        DirectorySource source = DirectorySource.Host, bool walks = false, DirectoryAccess access = DirectoryAccess.All,
        WasiOptions? options = null)
    {
        var isInMemory = source == DirectorySource.Memory;
        Assert.SkipUnless(isInMemory || OperatingSystem.IsLinux(), "links of the host are only followed on Linux");
        if (!isInMemory) Fill();
        var grant = new DirectoryGrant(isInMemory ? "" : Path, "/data") { Source = source, WalksPaths = walks, Access = access };
        var guest = new AbiGuest((options ?? new WasiOptions()) with { Capabilities = Guest.Capabilities.With(grant) });
        if (isInMemory) Fill(guest);
        return guest;
    }

    /// <summary>Checks that nothing has happened to what lies outside.</summary>
    public void Dispose()
    {
        Assert.Equal("secret", File.ReadAllText(host["outside"]));
        var names = Directory.GetFileSystemEntries(host.Path).Select(System.IO.Path.GetFileName);
        Assert.Empty(names.Except(["outside", "granted"]));
        host.Dispose();
    }

    private void Fill()
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "folder"));
        File.WriteAllText(System.IO.Path.Combine(Path, "file"), "content");
        foreach (var (name, target) in Links) File.CreateSymbolicLink(System.IO.Path.Combine(Path, name), target);
    }

    private static void Fill(AbiGuest guest)
    {
        Assert.Equal(Errno.Success, guest.Open("file", Create, out var file, AllOfFiles));
        guest.PutBuffers(0, 9000, (uint)guest.Put(9000, "content"));
        Assert.Equal(Errno.Success, guest.Call("fd_write", file, 0, 1, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_close", file));
        Assert.Equal(Errno.Success, guest.Call("path_create_directory", 3, First, guest.Put(First, "folder")));
        foreach (var (name, target) in Links)
        {
            Assert.Equal(Errno.Success, guest.Call(
                "path_symlink", First, guest.Put(First, target), 3, Second, guest.Put(Second, name)));
        }

        guest.Memory.GetSpan(9000, 100).Fill(AbiGuest.Canary);
    }
}
