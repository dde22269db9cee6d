namespace Coffer.EscapeTests.Paths;

/// <summary>What cannot be a path. It is refused before there is a question to decide, so the trail has nothing of it.</summary>
internal static class NoPaths
{
    public static void Nul(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            EveryPathFunction.IsNoPath(scene, guest, "file\0/../../outside/secret", Errno.Invalid);
            EveryPathFunction.IsNoPath(scene, guest, "\0", Errno.Invalid);
            EveryPathFunction.IsNoPath(scene, guest, "../outside/secret\0", Errno.Invalid);
        }
    }

    public static void Empty(Scene scene)
    {
        foreach (var guest in scene.EachSource()) EveryPathFunction.IsNoPath(scene, guest, "", Errno.NotFound);
    }

    public static void TooLong(Scene scene)
    {
        var path = string.Concat(Enumerable.Repeat("./", 2048)) + "../outside/secret";
        foreach (var guest in scene.EachSource()) EveryPathFunction.IsNoPath(scene, guest, path, Errno.NameTooLong);
    }

    /// <summary>Bytes that are no UTF-8 would be another name after they were recorded.</summary>
    public static void IllFormedText(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        foreach (byte[] bytes in new byte[][] { [0xFF], [0xC0, 0xAE, 0xC0, 0xAE, (byte)'/'], [0xED, 0xA0, 0x80], [(byte)'a', 0xE2, 0x80] })
        {
            bytes.CopyTo(guest.Memory.GetSpan(2000, bytes.Length));
            foreach (var function in new[] { "path_create_directory", "path_remove_directory", "path_unlink_file" })
            {
                Assert.Equal(Errno.IllegalSequence, guest.Call(function, 3, 2000, bytes.Length));
            }

            Assert.Equal(Errno.IllegalSequence, guest.Call("path_open", 3, 1, 2000, bytes.Length, 0, -1, -1, 0, 900));
            Assert.Equal(Errno.IllegalSequence, guest.Call("path_filestat_get", 3, 1, 2000, bytes.Length, 1000));
        }

        scene.Trail.Unasked("path_open");
    }

    /// <summary>A component that no file system has; the path as a whole is one, so it was asked for.</summary>
    public static void TooLongName(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            EveryPathFunction.Fails(scene, guest, new string('n', 256), Errno.NameTooLong);
        }
    }
}
