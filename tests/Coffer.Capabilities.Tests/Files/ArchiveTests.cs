using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Archives;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>Archives as directories: honest ones, and those made to do harm.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly TemporaryDirectory host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Open_EachFormat_ReadsAsADirectory(string format)
    {
        var path = Make(format, ("a.txt", "first"), ("sub/b.txt", "second"), ("./sub/c.txt", new string('c', 100_000)));
        using var root = Open(path);

        Assert.Equal("first", root.Read("a.txt"));
        Assert.Equal("second", root.Read("sub/b.txt"));
        Assert.Equal(100_000UL, root.Status("sub/c.txt").Size);
        Assert.Equal(["a.txt", "sub"], root.List().Order());
        using (var file = root.OpenFile("sub/c.txt", Handles.Reading))
        {
            var bytes = new byte[10];
            Assert.Equal(Errno.Success, file.ReadAt(bytes, 99_995, out var read));
            Assert.Equal(5, read);
            Assert.Equal(Errno.ReadOnly, file.Write("x"u8, out _));
        }

        Assert.Equal(Errno.ReadOnly, root.Write("new", "x"));
        Assert.Equal(Errno.ReadOnly, root.Unlink("a.txt"));
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Overlay_OverAnArchive_ChangesTheCopyOnly(string format)
    {
        var path = Make(format, ("a.txt", "first"), ("sub/b.txt", "second"));
        var before = File.ReadAllBytes(path);
        using (var root = Open(path, DirectorySource.Overlay))
        {
            using (var file = root.OpenFile("a.txt", Handles.Writing with { Append = true })) file.Write(" more"u8, out _);
            Assert.Equal(Errno.Success, root.Unlink("sub/b.txt"));
            Assert.Equal(Errno.Success, root.Rename("sub", "renamed"));

            Assert.Equal("first more", root.Read("a.txt"));
            Assert.Equal(["a.txt", "renamed"], root.List().Order());
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("zip", "../evil")]
    [InlineData("zip", "sub/../../evil")]
    [InlineData("tar", "../evil")]
    [InlineData("tar.gz", "a/../../../evil")]
    public void Open_EntryThatLeadsOut_IsRefused(string format, string name)
    {
        Refuses(Make(format, ("good", "x"), (name, "evil")), "leads out");
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    public void Open_AbsoluteEntry_StaysInside(string format)
    {
        using var root = Open(Make(format, ("/etc/passwd", "mine")));

        Assert.Equal("mine", root.Read("etc/passwd"));
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    public void Open_LinkEntryThatLeadsOut_ReachesNothing(string format)
    {
        File.WriteAllText(host["secret"], Tree.Secret);
        var path = MakeLinks(format, ("out", host["secret"]), ("up", "../secret"), ("folder", ".."), ("in", "file"));
        using var root = Open(path);

        Assert.Equal(Errno.Escape, root.Try("out", Handles.Reading));
        Assert.Equal(Errno.Escape, root.Try("up", Handles.Reading));
        Assert.Equal(Errno.Escape, root.Try("folder/secret", Handles.Reading));
        Assert.Equal("content", root.Read("in"));
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    public void Open_SameNameTwice_TheLaterCounts(string format)
    {
        using var root = Open(Make(format, ("a", "first"), ("a", "second")));

        Assert.Equal("second", root.Read("a"));
        Assert.Equal(["a"], root.List());
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    public void Open_FileWhereADirectoryIs_IsRefused(string format)
    {
        Refuses(Make(format, ("a/b", "x"), ("a", "y")), "twice");
        Refuses(Make(format, ("a", "y"), ("a/b", "x")), "no directory");
    }

    [Fact]
    public void Open_TarHardLink_IsTheSameFile()
    {
        using (var stream = File.Create(host["links.tar"]))
        using (var writer = new TarWriter(stream))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a") { DataStream = new MemoryStream("content"u8.ToArray()) });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "b") { LinkName = "a" });
        }

        using var root = Open(host["links.tar"]);
        Assert.Equal("content", root.Read("b"));
        Assert.Equal(2UL, root.Status("a").Links);
    }

    [Fact]
    public void Open_TarHardLinkToNothing_IsRefused()
    {
        using (var stream = File.Create(host["links.tar"]))
        using (var writer = new TarWriter(stream))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "b") { LinkName = "../secret" });
        }

        Refuses(host["links.tar"], "links.tar");
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Open_CutOffAnywhere_IsRefusedOrWhole(string format)
    {
        var whole = File.ReadAllBytes(Make(format, ("a", new string('a', 600)), ("b", "second")));
        for (var length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 100))
        {
            File.WriteAllBytes(host["cut"], whole[..length]);
            try
            {
                // A tar file may lack its padding; whatever opens is complete.
                using var root = Open(host["cut"]);
                Assert.Equal("second", root.Read("b"));
                Assert.Equal(600, root.Read("a").Length);
            }
            catch (InvalidDataException exception)
            {
                Assert.Contains("cut", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Open_Bomb_IsRefused()
    {
        using (var stream = File.Create(host["bomb.tar.gz"]))
        using (var packed = new GZipStream(stream, CompressionLevel.Fastest))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 9; i++) packed.Write(zeros);
        }

        RefusesWithin(host["bomb.tar.gz"], 8 << 20, 100, "8MiB");
    }

    [Fact]
    public void Open_ZipThatSaysItIsHuge_IsRefused()
    {
        var path = Make("zip", ("a", "content"));
        PatchSizes(path, 0x7FFF_FFFF);

        Refuses(path, "512MiB");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    public void Open_ZipThatLiesAboutASize_NeverGivesMoreThanItSaid(uint size)
    {
        var path = Make("zip", ("a", "content"));
        PatchSizes(path, size);
        using var root = Open(path);

        if (root.Try("a", Handles.Reading) == Errno.Io) return;

        Assert.True(root.Read("a").Length <= size);
    }

    [Fact]
    public void Open_ZipWithDamagedContent_FailsAtThatFileAlone()
    {
        var path = Make("zip", ("a", new string('a', 600)), ("b", "second"));
        var bytes = File.ReadAllBytes(path);
        // The checksum of the first entry, as the directory at the end has it: what unpacks then is another content.
        bytes[bytes.AsSpan().IndexOf("PK\x01\x02"u8) + 16] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var root = Open(path);

        Assert.Equal(Errno.Io, root.Try("a", Handles.Reading));
        Assert.Equal("second", root.Read("b"));
    }

    [Fact]
    public void Open_ZipWithEncryptedEntry_IsRefused()
    {
        var path = Make("zip", ("a", "content"));
        var bytes = File.ReadAllBytes(path);
        var central = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        bytes[central + 8] |= 1;
        bytes[6] |= 1;
        File.WriteAllBytes(path, bytes);

        Refuses(path, "encrypted");
    }

    [Fact]
    public void Open_ManyEntries_IsRefused()
    {
        using (var stream = File.Create(host["many.tar"]))
        {
            var block = new byte[512];
            using var one = new MemoryStream();
            using (var writer = new TarWriter(one, TarEntryFormat.Ustar, leaveOpen: true))
            {
                writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "0000000/"));
            }

            one.ToArray().AsSpan(0, 512).CopyTo(block);
            for (var i = 0; i <= 100; i++)
            {
                Encoding.ASCII.GetBytes($"{i:0000000}").CopyTo(block, 0);
                WriteChecksum(block);
                stream.Write(block);
            }

            stream.Write(new byte[1024]);
        }

        RefusesWithin(host["many.tar"], 8 << 20, 100, "100 entries");
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no archive at all")]
    [InlineData("PK\x03\x04 but nothing else")]
    public void Open_NoArchive_SaysWhatIsWanted(string content)
    {
        File.WriteAllText(host["text"], content);

        Refuses(host["text"], "zip, tar or tar.gz");
    }

    [Fact]
    public void Open_Missing_SaysSo()
    {
        Assert.Throws<FileNotFoundException>(() => Open(host["missing.zip"]));
    }

    private void Refuses(string path, string reason)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Open(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private static void RefusesWithin(string path, long bytes, int entries, string reason)
    {
        using var stream = File.OpenRead(path);
        var tree = new FileTree(0, new DirectoryQuota(0, 0, Errno.NoSpace), null);
        var exception = Assert.Throws<InvalidDataException>(() => ArchiveFile.Load(stream, path, tree, bytes, entries));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    private static DirectoryHandle Open(string path, DirectorySource source = DirectorySource.Archive) => HostDirectory.Open(
        new DirectoryGrant(path, "/")
        {
            Source = source,
            Access = source == DirectorySource.Archive ? DirectoryAccess.Read : DirectoryAccess.All,
        },
        null);

    private string Make(string format, params (string Name, string Content)[] entries)
    {
        var path = host["archive." + format];
        using var file = File.Create(path);
        if (format == "zip")
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            foreach (var (name, content) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(content));
            }

            return path;
        }

        using Stream target = format == "tar.gz" ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var writer = new TarWriter(target);
        foreach (var (name, content) in entries)
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            });
        }

        return path;
    }

    private string MakeLinks(string format, params (string Name, string Target)[] links)
    {
        var path = host["links." + format];
        using var file = File.Create(path);
        if (format == "zip")
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            using (var stream = zip.CreateEntry("file").Open()) stream.Write("content"u8);
            foreach (var (name, target) in links)
            {
                var entry = zip.CreateEntry(name);
                entry.ExternalAttributes = unchecked((int)0xA1FF0000);
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(target));
            }

            return path;
        }

        using var writer = new TarWriter(file);
        writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream("content"u8.ToArray()) });
        foreach (var (name, target) in links) writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target });
        return path;
    }

    /// <summary>Changes the unpacked size in both headers of the only entry.</summary>
    private static void PatchSizes(string path, uint size)
    {
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(22), size);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.AsSpan().IndexOf("PK\x01\x02"u8) + 24), size);
        File.WriteAllBytes(path, bytes);
    }

    private static void WriteChecksum(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
    }
}
