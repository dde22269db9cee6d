namespace Coffer.EscapeTests.Descriptors;

/// <summary>Listings, their cookies, and the numbers of what lies above.</summary>
internal static class Directories
{
    /// <summary>Cookies are made up: no entry of another directory comes of it, and no crash.</summary>
    public static void ForgedCookies(Scene scene)
    {
        foreach (var guest in scene.EachSource().Append(scene.Start(scene.Data(source: DirectorySource.Memory))))
        {
            foreach (var cookie in new[] { 1L, 2, 3, 7, 1000, 1L << 31, 1L << 32, (1L << 62) + 5, long.MaxValue, long.MinValue, -1, -2 })
            {
                for (var again = 0; again < 3; again++)
                {
                    var error = guest.Call("fd_readdir", 3, 20_000, 2000, cookie, 900);
                    if (error != Errno.Success) continue;
                    var listed = guest.Memory.ReadUtf8(20_000, (int)guest.Memory.Read<uint>(900));
                    Assert.DoesNotContain("secret", listed, StringComparison.Ordinal);
                    Assert.DoesNotContain("outside", listed, StringComparison.Ordinal);
                }
            }
        }

        Assert.All(scene.Trail.Events, audited => Assert.StartsWith("/data", audited.Resource, StringComparison.Ordinal));
    }

    /// <summary>The entry <c>..</c> of a granted directory must not tell what the directory above it is.</summary>
    public static void NumberOfTheParent(Scene scene)
    {
        var parent = new Dictionary<string, ulong>();
        var above = scene.Start(new DirectoryGrant(scene.Host("."), "/data") { Access = DirectoryAccess.Read });
        above.Call("fd_filestat_get", 3, 1000);
        parent["above"] = above.Memory.Read<ulong>(1008);
        above.Memory.GetSpan(0, AbiGuest.End).Clear();

        var guest = scene.Start(scene.Data(DirectoryAccess.Read));
        Assert.Contains("..", guest.List(3));
        var entries = guest.Memory.ReadBytes(20_000, (int)guest.Memory.Read<uint>(900)).AsSpan();
        while (entries.Length >= 24)
        {
            Assert.NotEqual(parent["above"], BitConverter.ToUInt64(entries[8..]));
            entries = entries[(24 + BitConverter.ToInt32(entries[16..]))..];
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    /// <summary>The name of a granted directory is what the guest knows it by, and it is given only if it fits.</summary>
    public static void NamesOfGrants(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        foreach (var length in new[] { 0L, 1, 4 })
        {
            Assert.Equal(Errno.NameTooLong, guest.Call("fd_prestat_dir_name", 3, 20_000, length));
            Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(20_000, 1));
        }

        Assert.Equal(Errno.Success, guest.Call("fd_prestat_dir_name", 3, 20_000, 100));
        Assert.Equal("/data?", guest.Memory.ReadUtf8(20_000, 6));
        foreach (var number in new[] { 0, 1, 2, 5 }) Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_dir_name", number, 20_000, 100));
        scene.Trail.Unasked("fd_prestat_dir_name");
    }
}
