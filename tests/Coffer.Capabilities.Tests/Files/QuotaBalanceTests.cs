using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>
/// Whatever is done in a directory whose bounds count what is held, and in whatever order: once all of it is gone, all of
/// the bounds is there again, and meanwhile never more was held.
/// </summary>
public sealed class QuotaBalanceTests : IDisposable
{
    private const int Bytes = 20_000, Files = 12, Steps = 400;
    private static readonly string[] Names = ["a", "b", "c", "d", "d/a", "d/b", "d/d", "d/d/a", "base", "base/f"];
    private readonly TemporaryDirectory host = new();

    public QuotaBalanceTests()
    {
        Directory.CreateDirectory(host["base"]);
        File.WriteAllText(host["base/f"], new string('f', 3000));
        File.WriteAllText(host["c"], new string('c', 500));
    }

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData(DirectorySource.Memory)]
    [InlineData(DirectorySource.Overlay)]
    public void RandomChanges_ThenNothingLeft_AllOfTheQuotaIsBack(DirectorySource source)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var grant = new DirectoryGrant(source == DirectorySource.Memory ? "" : host.Path, "/")
            {
                Source = source,
                MaximumBytes = Bytes,
                MaximumFiles = Files,
            };
            using var root = HostDirectory.Open(grant, null);
            var open = new List<FileHandle>();
            var random = new Random(seed);
            for (var step = 0; step < Steps; step++) Change(root, open, random);
            foreach (var file in open) file.Dispose();
            RemoveAll(root, "");

            Assert.True(CanHold(root, Files), $"seed {seed}: less than {Files} files");
            Assert.False(CanHold(root, Files + 1), $"seed {seed}: more than {Files} files");
            RemoveAll(root, "");
            Assert.Equal((seed, Errno.Success), (seed, root.Write("all", new string('x', Bytes))));
            using var full = root.OpenFile("all", Handles.Writing);
            Assert.NotEqual(Errno.Success, full.SetLength(Bytes + 1));
        }
    }

    private static void Change(DirectoryHandle root, List<FileHandle> open, Random random)
    {
        var (name, other) = (Names[random.Next(Names.Length)], Names[random.Next(Names.Length)]);
        switch (random.Next(12))
        {
            case 0:
                root.MakeDirectory(name);
                break;
            case 1:
                root.RemoveDirectory(name);
                break;
            case 2 or 3:
                root.Unlink(name);
                break;
            case 4:
                root.Rename(name, other);
                break;
            case 5:
                root.HardLink(name, other);
                break;
            case 6:
                root.Symlink(other, name);
                break;
            case 7 when open.Count > 0:
                open[^1].Dispose();
                open.RemoveAt(open.Count - 1);
                break;
            case 8 when open.Count > 0:
                open[random.Next(open.Count)].SetLength(random.Next(8000));
                break;
            case 9 when open.Count > 0:
                open[random.Next(open.Count)].WriteAt(new byte[random.Next(3000)], random.Next(6000), out _);
                break;
            default:
                root.Write(name, new string('w', random.Next(4000)));
                if (root.Status(name, out var status) == Errno.Success && status.Type == FileType.RegularFile)
                {
                    open.Add(root.OpenFile(name, Handles.Writing with { Create = false }));
                }

                break;
        }
    }

    private static bool CanHold(DirectoryHandle root, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (root.MakeDirectory($"held-{i}") is not (Errno.Success or Errno.Exists)) return false;
        }

        return true;
    }

    private static void RemoveAll(DirectoryHandle root, string prefix)
    {
        using var folder = prefix.Length == 0 ? null : root.OpenDirectory(prefix);
        foreach (var name in (folder ?? root).List())
        {
            var path = prefix.Length == 0 ? name : $"{prefix}/{name}";
            if (root.Status(path).Type == FileType.Directory)
            {
                RemoveAll(root, path);
                Assert.Equal(Errno.Success, root.RemoveDirectory(path));
            }
            else
            {
                Assert.Equal(Errno.Success, root.Unlink(path));
            }
        }
    }
}
