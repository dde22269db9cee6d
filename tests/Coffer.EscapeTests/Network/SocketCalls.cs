namespace Coffer.EscapeTests.Network;

/// <summary>Sockets that are none, and those that nobody granted.</summary>
internal static class SocketCalls
{
    /// <summary>Nothing but a socket is one: neither a file, nor a directory, nor a stream.</summary>
    public static void OnOtherThings(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        guest.PutBuffers(100, 5000, 16);
        foreach (var number in new[] { 0, 1, 2, 3, file })
        {
            Assert.Equal(Errno.NotSocket, guest.Call("sock_accept", number, 0, 200));
            Assert.Equal(Errno.NotSocket, guest.Call("sock_recv", number, 100, 1, 0, 200, 204));
            Assert.Equal(Errno.NotSocket, guest.Call("sock_send", number, 100, 1, 0, 200));
            Assert.Equal(Errno.NotSocket, guest.Call("sock_shutdown", number, 3));
        }

        scene.Trail.Unasked("sock_accept");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }

    /// <summary>A socket that listens is not connected, and one that is connected does not listen.</summary>
    public static void OfTheOtherKind(Scene scene)
    {
        using var listening = new Listening(scene);
        var guest = listening.Guest;
        guest.PutBuffers(100, 5000, 16);
        Assert.Equal(Errno.NotCapable, guest.Call("sock_recv", Listening.Listener, 100, 1, 0, 200, 204));
        Assert.Equal(Errno.NotCapable, guest.Call("sock_send", Listening.Listener, 100, 1, 0, 200));
        Assert.Equal(Errno.NotCapable, guest.Call("sock_shutdown", Listening.Listener, 3));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_read", Listening.Listener, 100, 1, 200));
        var connection = listening.Connect();
        Assert.Equal(Errno.NotCapable, guest.Call("sock_accept", connection, 0, 204));
        Assert.Equal(Errno.NotDirectory, guest.OpenAt(connection, "file", out _));
        Assert.Equal(Errno.IllegalSeek, guest.Call("fd_seek", connection, 0, 0, 200));
        Assert.Contains(scene.Trail.Events, audited => audited is { Operation: "sock_accept", Allowed: true });
    }

    /// <summary>There is no way to make a socket: a guest that wants one is not even loaded.</summary>
    public static void Made(Scene scene)
    {
        foreach (var name in new[] { "sock_open", "sock_connect", "sock_bind", "sock_listen", "sock_getaddrinfo" })
        {
            var missing = Assert.Throws<LinkException>(() => scene.Load(
                $"(import \"wasi_snapshot_preview1\" \"{name}\" (func (param i32 i32 i32) (result i32)))"));
            Assert.Contains(name, missing.Message, StringComparison.Ordinal);
        }

        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>After it is closed, and after the number is another's, the connection is nobody's.</summary>
    public static void Closed(Scene scene)
    {
        using var listening = new Listening(scene);
        var guest = listening.Guest;
        var connection = listening.Connect();
        Assert.Equal(Errno.Success, guest.Call("fd_close", connection));
        guest.PutBuffers(100, 5000, 16);
        Assert.Equal(Errno.BadDescriptor, guest.Call("sock_send", connection, 100, 1, 0, 200));
        Assert.Equal(Errno.BadDescriptor, guest.Call("sock_recv", connection, 100, 1, 0, 200, 204));
        Assert.Equal(-1, listening.Stream.ReadByte());
        scene.Trail.Unasked("sock_send");
    }

    public static void SentBytes(Scene scene)
    {
        using var listening = new Listening(scene, scene.Options() with { Quotas = Quotas.Default with { SentBytes = 10 } });
        var guest = listening.Guest;
        var connection = listening.Connect();
        guest.PutBuffers(100, 5000, 16);
        Assert.Equal(Errno.Success, guest.Call("sock_send", connection, 100, 1, 0, 200));
        Assert.Equal(10U, guest.Memory.Read<uint>(200));
        Assert.Equal(Errno.DiskQuota, guest.Call("sock_send", connection, 100, 1, 0, 200));
        scene.Trail.Exceeded("sentBytes");
    }

    public static void TooManyBuffers(Scene scene)
    {
        using var listening = new Listening(scene);
        var connection = listening.Connect();
        Assert.Equal(Errno.Invalid, listening.Guest.Call("sock_recv", connection, 0, 1025, 0, 200, 204));
        scene.Trail.Exceeded("iovecs");
    }
}
