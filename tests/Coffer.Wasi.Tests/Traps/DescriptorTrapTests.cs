using System.Text;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi.Tests.Preview1;

namespace Coffer.Wasi.Tests.Traps;

/// <summary>Listings, polls, preopens, times and what the guest learns of the host.</summary>
public sealed class DescriptorTrapTests : IDisposable
{
    private const int Create = 1, First = 1000;
    private const long Read = 1 << 1, Write = 1 << 6, Poll = 1 << 27;
    private readonly GuestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Readdir_AnyBuffer_GivesEveryNameOnceWithDotsAndInodes(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        foreach (var size in new[] { 24 + 9, 50, 100, 1000 })
        {
            var names = new List<string>();
            long cookie = 0;
            int used;
            do
            {
                Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 9000, size, cookie, 200));
                used = guest.Memory.Read<int>(200);
                Assert.InRange(used, 0, size);
                for (var at = 9000; at + 24 <= 9000 + used;)
                {
                    var length = guest.Memory.Read<int>((ulong)at + 16);
                    if (at + 24 + length > 9000 + used) break;
                    // The C library looks up every entry that has none.
                    Assert.NotEqual(0UL, guest.Memory.Read<ulong>((ulong)at + 8));
                    cookie = guest.Memory.Read<long>((ulong)at);
                    names.Add(guest.Memory.ReadUtf8((uint)at + 24, length));
                    at += 24 + length;
                }
            }
            while (used == size);

            Assert.Equal(GuestFolder.Names.Concat([".", ".."]).Order(), names.Order());
        }
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Readdir_FilesRemovedMeanwhile_GoesOnWhereItWas(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        for (var i = 0; i < 100; i++) Assert.Equal(Errno.Success, guest.Open($"many-{i:00}", Create, out _, Write));
        for (var number = 4; number < 104; number++) Assert.Equal(Errno.Success, guest.Call("fd_close", number));
        var seen = new HashSet<string>();
        for (long cookie = 0; ;)
        {
            Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 9000, 33, cookie, 200));
            var used = guest.Memory.Read<int>(200);
            if (used < 24) break;
            var length = guest.Memory.Read<int>(9016);
            if (used < 24 + length)
            {
                // Longer than the buffer: the next call gives it whole.
                Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, 9000, 24 + length, cookie, 200));
                Assert.Equal(24 + length, guest.Memory.Read<int>(200));
            }

            cookie = guest.Memory.Read<long>(9000);
            var name = guest.Memory.ReadUtf8(9024, length);
            Assert.True(seen.Add(name), $"{name} is listed twice");
            if (name.StartsWith("many", StringComparison.Ordinal))
            {
                Assert.Equal(Errno.Success, guest.Call("path_unlink_file", 3, First, guest.Put(First, name)));
            }
        }

        Assert.Equal(100, seen.Count(name => name.StartsWith("many", StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Poll_RegularFile_IsAlwaysReady(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var file, Read | Write | Poll));
        guest.Memory.GetSpan(0, 96).Clear();
        guest.Memory.Write(8, (byte)1);
        guest.Memory.Write(16, file);
        guest.Memory.Write(48 + 8, (byte)2);
        guest.Memory.Write(48 + 16, file);

        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 9000, 2, 200));

        Assert.Equal(2, guest.Memory.Read<int>(200));
        Assert.Equal(7UL, guest.Memory.Read<ulong>(9016));
    }

    [Fact]
    public void Preopen_ClosedOrRenumbered_IsGoneOrElsewhere()
    {
        using var guest = folder.Start();
        Assert.Equal(Errno.Success, guest.Open("file", 0, out var file, Read));

        Assert.Equal(Errno.Success, guest.Call("fd_renumber", 3, file));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", 3, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_prestat_get", file, 200));
        guest.Put(First, "file");
        Assert.Equal(Errno.Success, guest.Call("path_open", file, 0, First, 4, 0, Read, 0, 0, 900));
        Assert.Equal(3, guest.Memory.Read<int>(900));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", 3, 200));
        Assert.Equal(Errno.Success, guest.Call("fd_close", file));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", file, 200));
        Assert.Equal(Errno.BadDescriptor, guest.Call("path_open", file, 0, First, 4, 0, Read, 0, 0, 900));
    }

    [Fact]
    public void PrestatDirName_LengthOfTheName_IsTheLeast()
    {
        using var guest = folder.Start();

        Assert.Equal(Errno.NameTooLong, guest.Call("fd_prestat_dir_name", 3, 9000, 4));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(9000, 1));
        Assert.Equal(Errno.Success, guest.Call("fd_prestat_dir_name", 3, 9000, 5));
        Assert.Equal("/data?", guest.Memory.ReadUtf8(9000, 6));
        Assert.Equal(Errno.Success, guest.Call("fd_prestat_dir_name", 3, 9000, 100));
        Assert.Equal("/data?", guest.Memory.ReadUtf8(9000, 6));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void SetTimes_OddTimes_AreRefusedOrKept(DirectorySource source, bool walks)
    {
        const int access = 1, accessNow = 2, modification = 4, modificationNow = 8;
        using var guest = folder.Start(source, walks);
        var length = guest.Put(First, "file");

        Assert.Equal(Errno.Invalid, SetTimes(0, 0, access | accessNow));
        Assert.Equal(Errno.Invalid, SetTimes(0, 0, modification | modificationNow));
        Assert.Equal(Errno.Invalid, SetTimes(0, 0, 16));
        // The beginning of time, and a time beyond what file systems keep.
        Assert.Equal(Errno.Success, SetTimes(0, 1_000_000_001, access | modification));
        Assert.Equal(Errno.Success, guest.Call("path_filestat_get", 3, 0, First, length, 9000));
        Assert.Equal(0UL, guest.Memory.Read<ulong>(9040));
        Assert.Equal(1_000_000_001UL, guest.Memory.Read<ulong>(9048));
        Assert.Equal(Errno.Success, SetTimes(-1, long.MaxValue, access | modification));
        Assert.Equal(Errno.Success, guest.Call("path_filestat_get", 3, 0, First, length, 9000));

        Errno SetTimes(long accessed, long modified, int flags) =>
            guest.Call("path_filestat_set_times", 3, 0, First, length, accessed, modified, flags);
    }

    [Fact]
    public void Random_MoreThanTheMemory_IsAFault()
    {
        using var guest = folder.Start();

        Assert.Equal(Errno.Fault, guest.Call("random_get", 0, int.MaxValue));
        Assert.Equal(Errno.Fault, guest.Call("random_get", 0, -1));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(0, 1));
        Assert.Equal(Errno.Success, guest.Call("random_get", AbiGuest.End, 0));
    }

    [Theory]
    [InlineData("a=b\0c")]
    public void Environment_WithNul_IsRefused(string text) => Assert.Throws<ArgumentException>(() =>
    {
        using var host = new WasiHost(new WasiOptions { Capabilities = Guest.Capabilities.With(new EnvironmentGrant("v", text)) });
    });

    [Fact]
    public void HostPath_OfARefusal_IsInTheRecordAndNotInTheGuest()
    {
        var sink = new MemorySink();
        using var trail = new AuditTrail([sink]);
        using var guest = folder.Start(access: DirectoryAccess.Read, options: new WasiOptions { Audit = trail });
        Assert.Equal(Errno.ReadOnly, guest.Open("file", 0, out _, Write));
        Assert.Equal(Errno.Permission, guest.Open("../outside", 0, out _, Read));
        Assert.Equal(Errno.NotFound, guest.Open("missing", 0, out _, Read));

        trail.Flush();
        Assert.Contains(sink.Events, item => item.HostResource == Path.Combine(folder.Path, "file"));
        var secret = Encoding.UTF8.GetBytes(Path.GetFileName(Path.GetDirectoryName(folder.Path)!));
        Assert.Equal(-1, guest.Memory.ReadBytes(0, AbiGuest.End).AsSpan().IndexOf(secret));
    }
}
