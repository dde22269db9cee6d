namespace Coffer.EscapeTests.Paths;

/// <summary>Every use of a path that WASI has, with one path that leads out.</summary>
internal static class EveryPathFunction
{
    private const long Reading = 1 << 1, Writing = 1 << 6;

    private static readonly (string Operation, Func<AbiGuest, int, string, Errno> Call)[] Uses =
    [
        ("path_open", (guest, from, path) => guest.OpenAt(from, path, out _, rights: Reading)),
        ("path_open", (guest, from, path) => guest.OpenAt(from, path, out _, rights: Reading, lookup: 0)),
        ("path_open", (guest, from, path) => guest.OpenAt(from, path, out _, GuestCalls.Folder, Reading)),
        ("path_open", (guest, from, path) => guest.OpenAt(from, path, out _, GuestCalls.Create | GuestCalls.Truncate, Writing)),
        ("path_open", (guest, from, path) => guest.OpenAt(from, path, out _, GuestCalls.Create | GuestCalls.Exclusive, Writing)),
        ("path_filestat_get", (guest, from, path) => guest.Status(from, path, follow: true)),
        ("path_filestat_get", (guest, from, path) => guest.Status(from, path, follow: false)),
        ("path_filestat_set_times", (guest, from, path) => guest.SetTimes(from, path, follow: true)),
        ("path_filestat_set_times", (guest, from, path) => guest.SetTimes(from, path, follow: false)),
        ("path_readlink", (guest, from, path) => guest.ReadLink(from, path)),
        ("path_create_directory", (guest, from, path) => guest.At("path_create_directory", from, path)),
        ("path_remove_directory", (guest, from, path) => guest.At("path_remove_directory", from, path)),
        ("path_unlink_file", (guest, from, path) => guest.At("path_unlink_file", from, path)),
        ("path_symlink", (guest, from, path) => guest.Symlink("file", from, path)),
        ("path_rename", (guest, from, path) => guest.Rename(from, path, from, "stolen")),
        ("path_rename", (guest, from, path) => guest.Rename(from, "file", from, path)),
        ("path_link", (guest, from, path) => guest.HardLink(from, path, from, "stolen")),
        ("path_link", (guest, from, path) => guest.HardLink(from, "file", from, path)),
    ];

    /// <summary>Each is denied, and each denial is on record.</summary>
    public static void IsDenied(Scene scene, AbiGuest guest, string path, string? resource = null, int from = GuestCalls.Data)
    {
        foreach (var (operation, call) in Uses)
        {
            Assert.Equal((operation, Errno.Permission), (operation, call(guest, from, path)));
            scene.Trail.Denied(operation, resource ?? $"/data/{path}");
        }
    }

    /// <summary>Each fails with one of some errors within the grant, which is on record for those that opened anything.</summary>
    public static void Fails(Scene scene, AbiGuest guest, string path, params Errno[] expected)
    {
        foreach (var (operation, call) in Uses)
        {
            var error = call(guest, GuestCalls.Data, path);
            Assert.True(expected.Contains(error), $"{operation} {path}: {error}");
            scene.Trail.Ended(operation, $"/data/{path}", error);
        }
    }

    /// <summary>Each is refused before anything is decided: what the guest said is no path.</summary>
    public static void IsNoPath(Scene scene, AbiGuest guest, string path, Errno expected)
    {
        foreach (var (operation, call) in Uses)
        {
            Assert.Equal((operation, expected), (operation, call(guest, GuestCalls.Data, path)));
            scene.Trail.Unasked(operation);
        }
    }
}
