using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Coffer.EscapeTests.Archives;

/// <summary>
/// Archives made to do harm. One that leads out or holds too much is refused before the guest starts, so that its trail is
/// empty; of the others the guest has what lies in them, and no more.
/// </summary>
internal static class HostileArchives
{
    private const long Reading = 1 << 1;

    public static void EntriesThatClimb(Scene scene)
    {
        foreach (var name in new[] { "../evil", "sub/../../evil", "a/../../../evil", ".." })
        {
            IsRefused(scene, Zip(scene, (name, "x")), "leads out");
            IsRefused(scene, Tar(scene, TarEntryType.RegularFile, name, "x"), "leads out");
            IsRefused(scene, Tar(scene, TarEntryType.SymbolicLink, name, "x"), "leads out");
            IsRefused(scene, Tar(scene, TarEntryType.Directory, name, ""), "leads out");
        }

        Assert.False(Path.Exists(scene.Host("evil")));
    }

    /// <summary>A root at the beginning is that of the archive.</summary>
    public static void AbsoluteEntries(Scene scene)
    {
        foreach (var archive in new[] { Zip(scene, ("/etc/passwd", "inside")), Tar(scene, TarEntryType.RegularFile, "/etc/passwd", "inside") })
        {
            var guest = Start(scene, archive);
            Assert.Equal(Errno.Success, guest.OpenAt(3, "etc/passwd", out var file, rights: Reading));
            Assert.Equal(Errno.Success, guest.Read(file, out var text));
            Assert.Equal("inside", text);
            IsDenied(scene, guest, "/etc/passwd", "/etc/passwd");
        }
    }

    public static void Links(Scene scene)
    {
        foreach (var target in new[] { "../outside/secret", "/etc/passwd", scene.Elsewhere, "../../../../../../etc/passwd" })
        {
            foreach (var archive in new[] { ZipLink(scene, target), Tar(scene, TarEntryType.SymbolicLink, "link", target) })
            {
                var guest = Start(scene, archive);
                IsDenied(scene, guest, "link", "/data/link");
                Assert.NotEqual(Errno.Success, guest.OpenAt(3, "link/x", out _, rights: Reading));
            }
        }
    }

    /// <summary>An entry that is a further name of another one can only be of one in the archive.</summary>
    public static void HardLinks(Scene scene)
    {
        IsRefused(scene, Tar(scene, TarEntryType.HardLink, "link", "/etc/passwd"), "no file of it");
        IsRefused(scene, Tar(scene, TarEntryType.HardLink, "link", "../outside/secret"), "leads out");
    }

    /// <summary>A link, and then an entry behind it.</summary>
    public static void EntriesBehindLinks(Scene scene)
    {
        var path = scene.New("tar");
        using (var writer = new TarWriter(File.Create(path)))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "../outside" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "link/new") { DataStream = new MemoryStream([1]) });
        }

        IsRefused(scene, path, "no directory");
        Assert.False(File.Exists(scene.Host("outside/new")));
    }

    public static void Devices(Scene scene)
    {
        var path = scene.New("tar");
        using (var writer = new TarWriter(File.Create(path)))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "zero") { DeviceMajor = 1, DeviceMinor = 5 });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "pipe"));
        }

        var guest = Start(scene, path);
        foreach (var name in new[] { "zero", "pipe" })
        {
            Assert.Equal(Errno.NotFound, guest.OpenAt(3, name, out _, rights: Reading));
            scene.Trail.Ended("path_open", $"/data/{name}", Errno.NotFound);
        }
    }

    /// <summary>Half a gibibyte and a bit, in a file of some hundred kilobytes.</summary>
    public static void Bombs(Scene scene)
    {
        var path = scene.Host("granted/bomb.tar.gz");
        using (var file = File.Create(path))
        {
            // A file of this format may be several, one behind the other.
            var member = new MemoryStream();
            using (var packed = new GZipStream(member, CompressionLevel.Fastest, leaveOpen: true)) packed.Write(new byte[8 << 20]);
            for (var i = 0; i < 65; i++) member.WriteTo(file);
        }

        IsRefused(scene, path, "more than 512MiB");
        path = scene.Host("granted/bomb.zip");
        using (var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            var zeros = new byte[1 << 20];
            using var entry = archive.CreateEntry("zeros", CompressionLevel.Fastest).Open();
            for (var i = 0; i < 520; i++) entry.Write(zeros);
        }

        IsRefused(scene, path, "more than 512MiB");
    }

    /// <summary>Many entries of the directory at the end of a zip file that are all the same bytes count as often.</summary>
    public static void OverlappingEntries(Scene scene)
    {
        var single = new MemoryStream();
        using (var archive = new ZipArchive(single, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("aaaa", CompressionLevel.Fastest).Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 16; i++) entry.Write(zeros);
        }

        var bytes = single.ToArray();
        var end = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        var start = BitConverter.ToInt32(bytes, end + 16);
        var record = bytes[start..end];
        var path = scene.Host("granted/overlapping.zip");
        using (var file = File.Create(path))
        {
            file.Write(bytes.AsSpan(0, start));
            for (var i = 0; i < 40; i++)
            {
                Encoding.ASCII.GetBytes($"a{i:000}").CopyTo(record, 46);
                file.Write(record);
            }

            var tail = bytes[end..];
            BitConverter.TryWriteBytes(tail.AsSpan(8), (ushort)40);
            BitConverter.TryWriteBytes(tail.AsSpan(10), (ushort)40);
            BitConverter.TryWriteBytes(tail.AsSpan(12), 40 * record.Length);
            file.Write(tail);
        }

        IsRefused(scene, path, "more than 512MiB");
    }

    /// <summary>An archive is read. What says otherwise is denied, and the file stays as it is.</summary>
    public static void Changes(Scene scene)
    {
        var archive = Zip(scene, ("file", "inside"));
        var before = File.ReadAllBytes(archive);
        var guest = Start(scene, archive);
        Assert.Equal(Errno.ReadOnly, guest.OpenAt(3, "file", out _, GuestCalls.Truncate));
        scene.Trail.Denied("path_open", "/data/file");
        Assert.Equal(Errno.ReadOnly, guest.At("path_unlink_file", 3, "file"));
        scene.Trail.Denied("path_unlink_file", "/data/file");
        Assert.Equal(Errno.ReadOnly, guest.At("path_create_directory", 3, "new"));
        scene.Trail.Denied("path_create_directory", "/data/new");
        Assert.Equal(before, File.ReadAllBytes(archive));
    }

    private static void IsDenied(Scene scene, AbiGuest guest, string path, string resource)
    {
        Assert.Equal(Errno.Permission, guest.OpenAt(3, path, out _, rights: Reading));
        scene.Trail.Denied("path_open", resource);
        Assert.Equal(Errno.Permission, guest.Status(3, path, follow: true));
        scene.Trail.Denied("path_filestat_get", resource);
    }

    private static AbiGuest Start(Scene scene, string archive) => scene.Start(
        new DirectoryGrant(archive, "/data") { Source = DirectorySource.Archive, Access = DirectoryAccess.Read });

    private static void IsRefused(Scene scene, string archive, string reason)
    {
        var refused = Assert.Throws<InvalidDataException>(() => Start(scene, archive));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Trail.Events);
        File.Delete(archive);
    }

    private static string Zip(Scene scene, params (string Name, string Content)[] entries)
    {
        var path = scene.New("zip");
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(Encoding.UTF8.GetBytes(content));
        }

        return path;
    }

    private static string ZipLink(Scene scene, string target)
    {
        var path = scene.New("zip");
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        var link = archive.CreateEntry("link");
        link.ExternalAttributes = unchecked((int)0xA1FF0000);
        using var entry = link.Open();
        entry.Write(Encoding.UTF8.GetBytes(target));
        return path;
    }

    private static string Tar(Scene scene, TarEntryType type, string name, string content)
    {
        var path = scene.New("tar");
        using var writer = new TarWriter(File.Create(path));
        var entry = new PaxTarEntry(type, name);
        if (type == TarEntryType.RegularFile) entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        else if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = content;
        writer.WriteEntry(entry);
        return path;
    }
}
