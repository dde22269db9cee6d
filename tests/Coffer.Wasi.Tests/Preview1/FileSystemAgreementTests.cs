using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>
/// Corners of file systems in which folders of the host, trees in memory and overlays once differed from each other or
/// from Linux. <c>tests/Coffer.Fuzz</c> looks for more.
/// </summary>
public sealed class FileSystemAgreementTests : IDisposable
{
    private const int Create = 1, Directory = 2, Exclusive = 4, Append = 1;
    private const long AllOfFiles = 0x08E001FF, Directories = 0x0FBFFE89 & ~AllOfFiles | (1 << 21);
    private const int First = 1000, Second = 6000;
    private readonly GuestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void PathOpen_CreateWithASlashBehind_IsADirectory(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        foreach (var path in new[] { "file/", "missing/", "loop/", "folder/", "to-folder//" })
        {
            foreach (var flags in new[] { Create, Create | Exclusive })
            {
                Assert.Equal(Errno.IsDirectory, guest.Open(path, flags, out _, AllOfFiles));
            }
        }
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Readlink_SlashBehind_FollowsTheLink(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.NotFound, Readlink("missing/"));
        Assert.Equal(Errno.NotDirectory, Readlink("file/"));
        Assert.Equal(Errno.NotDirectory, Readlink("to-file/"));
        Assert.Equal(Errno.Invalid, Readlink("to-folder/"));
        Assert.Equal(Errno.Loop, Readlink("loop/"));

        Errno Readlink(string path) => guest.Call("path_readlink", 3, First, guest.Put(First, path), 9000, 100, 200);
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Readlink_NoRoom_StillNeedsALink(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.NotFound, Readlink("missing"));
        Assert.Equal(Errno.Invalid, Readlink("file"));
        Assert.Equal(Errno.Success, Readlink("to-file"));
        Assert.Equal(0U, guest.Memory.Read<uint>(200));

        Errno Readlink(string path) => guest.Call("path_readlink", 3, First, guest.Put(First, path), 9000, 0, 200);
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Link_SlashBehindAName_IsNamedByWhatIsThere(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.NotFound, Link("missing/", "new"));
        Assert.Equal(Errno.NotDirectory, Link("file/", "new"));
        Assert.Equal(Errno.Permission, Link("folder/", "new"));
        Assert.Equal(Errno.Permission, Link(".", "new"));
        Assert.Equal(Errno.NotFound, Link("file", "new/"));
        Assert.Equal(Errno.NotFound, Link("missing", "folder/"));
        Assert.Equal(Errno.Exists, Link("file", "folder/"));
        Assert.Equal(Errno.Exists, Link("file", "to-file/"));

        Errno Link(string path, string newPath) => guest.Call(
            "path_link", 3, 0, First, guest.Put(First, path), 3, Second, guest.Put(Second, newPath));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void AnyPath_NameTooLong_IsSoWhereNothingIsMade(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        var length = guest.Put(First, new string('n', 256));

        Assert.Equal(Errno.NameTooLong, guest.Call("path_remove_directory", 3, First, length));
        Assert.Equal(Errno.NameTooLong, guest.Call("path_filestat_get", 3, 0, First, length, 9000));
        Assert.Equal(Errno.NotFound, guest.Call("path_filestat_get", 3, 0, First, length - 1, 9000));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Pread_EndBeyondTheLargestOffset_ReadsNothing(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var file, AllOfFiles));
        guest.PutBuffers(0, 9000, 100);

        Assert.Equal(Errno.Success, guest.Call("fd_pread", file, 0, 1, long.MaxValue - 5, 200));
        Assert.Equal(0U, guest.Memory.Read<uint>(200));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Pwrite_Appending_WritesToTheEnd(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        var length = guest.Put(First, "file");
        Assert.Equal(Errno.Success, guest.Call("path_open", 3, 0, First, length, 0, AllOfFiles, 0, Append, 900));
        var file = guest.Memory.Read<int>(900);
        guest.PutBuffers(0, 9000, (uint)guest.Put(9000, "!"));

        Assert.Equal(Errno.Success, guest.Call("fd_pwrite", file, 0, 1, 0, 200));
        guest.PutBuffers(0, 9000, 100);
        Assert.Equal(Errno.Success, guest.Call("fd_pread", file, 0, 1, 0, 200));
        Assert.Equal("content!", guest.Memory.ReadUtf8(9000, (int)guest.Memory.Read<uint>(200)));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Readdir_FirstFromAForgedPlace_IsStillCompleteFromTheBeginning(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        _ = guest.Call("fd_readdir", 3, 9000, 0, 0, 200);
        _ = guest.Call("fd_readdir", 3, 9000, 4000, long.MaxValue, 200);

        Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 9000, 4000, 0, 200));
        var names = GuestFolder.Names.Concat([".", ".."]).ToList();
        Assert.Equal(names.Sum(name => 24 + name.Length), guest.Memory.Read<int>(200));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Rename_OntoADirectoryAbove_IsNotEmpty(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        Assert.Equal(Errno.Success, guest.Open("folder/inner", Create, out _, AllOfFiles));
        var (inner, outer) = (guest.Put(First, "folder/inner"), guest.Put(Second, "folder"));

        Assert.Equal(Errno.NotEmpty, guest.Call("path_rename", 3, First, inner, 3, Second, outer));
        Assert.Equal(Errno.Invalid, guest.Call("path_rename", 3, Second, outer, 3, First, inner));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void RemovedDirectory_StillOpen_HasNothingAndTakesNothing(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        Assert.Equal(Errno.Success, guest.Open("folder", Directory, out var removed, Directories));
        Assert.Equal(Errno.Success, guest.Call("path_remove_directory", 3, First, guest.Put(First, "folder")));
        var length = guest.Put(First, "new");

        Assert.Equal(Errno.NotFound, guest.Call("fd_readdir", removed, 9000, 100, 0, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_filestat_get", removed, 9000));
        Assert.Equal(Errno.NotFound, guest.Call("path_create_directory", removed, First, length));
        Assert.Equal(Errno.NotFound, guest.Call("path_open", removed, 0, First, length, Create, 1 << 6, 0, 0, 900));
        Assert.Equal(Errno.NotFound, guest.Call("path_symlink", First, length, removed, First, length));
        Assert.Equal(Errno.NotFound, guest.Call("path_rename", 3, Second, guest.Put(Second, "file"), removed, First, length));
        Assert.Equal(Errno.NotFound, guest.Call("path_link", 3, 0, Second, guest.Put(Second, "file"), removed, First, length));
        Assert.Equal(Errno.Permission, guest.Call("path_filestat_get", removed, 0, First, guest.Put(First, ".."), 9000));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void AnyFunction_ResultOutsideTheMemory_DoesAndWritesNothing(DirectorySource source, bool walks)
    {
        const long bad = AbiGuest.End - 1;
        using var guest = folder.Start(source, walks);
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var file, AllOfFiles));
        var length = guest.Put(First, "to-file");

        Assert.Equal(Errno.Fault, guest.Call("fd_seek", file, 3, 0, bad));
        Assert.Equal(Errno.Success, guest.Call("fd_tell", file, 200));
        Assert.Equal(0UL, guest.Memory.Read<ulong>(200));
        Assert.Equal(Errno.Fault, guest.Call("fd_readdir", 3, 9000, 100, 0, bad));
        Assert.Equal(Errno.Fault, guest.Call("path_readlink", 3, First, length, 9000, 100, bad));
        Assert.Equal(Errno.Fault, guest.Call("args_sizes_get", 9000, bad));
        Assert.Equal(Enumerable.Repeat(AbiGuest.Canary, 100), guest.Memory.ReadBytes(9000, 100));
    }
}
