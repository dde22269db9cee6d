namespace Coffer.Wasi.Preview1;

/// <summary>
/// The functions by name, with the types that guests import: the one list of them. What they work on comes with each call.
/// </summary>
internal sealed class FunctionTable(CallTable calls, bool isUnstable)
{
    /// <summary>Goes through the list; see <see cref="CallTable"/> for what that does.</summary>
    public void Define()
    {
        DefineProcess();
        DefineDescriptors();
        DefineTransfers();
        DefinePaths();
        DefineSockets();
    }

    private void DefineProcess()
    {
        calls["args_get"]?.Is((Call c, int pointers, int bytes) => c.State.Arguments.Get(c.Memory, pointers, bytes));
        calls["args_sizes_get"]?.Is((Call c, int count, int bytes) =>
            c.State.Arguments.GetSizes(c.Memory, count, bytes));
        calls["environ_get"]?.Is((Call c, int pointers, int bytes) =>
            c.State.Environment.Get(c.Memory, pointers, bytes));
        calls["environ_sizes_get"]?.Is((Call c, int count, int bytes) =>
            c.State.Environment.GetSizes(c.Memory, count, bytes));
        calls["clock_res_get"]?.Is((Call c, int id, int result) => c.State.Clock.GetResolution(c.Memory, id, result));
        calls["clock_time_get"]?.Is((Call c, int id, long precision, int result) =>
            c.State.Clock.GetTime(c.Memory, id, result));
        calls["poll_oneoff"]?.Is((Call c, int input, int output, int count, int result) =>
            c.Functions.Poll.OneOff(c, input, output, count, result));
        calls["proc_exit"]?.IsExit(Process.Exit);
        calls["proc_raise"]?.Is((Call c, int signal) => Process.Raise());
        calls["sched_yield"]?.Is((Call c) => Process.Yield());
        calls["random_get"]?.Is((Call c, int buffer, int length) =>
            c.State.Process.GetRandom(c, buffer, length));
    }

    private void DefineDescriptors()
    {
        calls["fd_advise"]?.Is((Call c, int number, long offset, long length, int advice) =>
            c.Functions.Fd.Advise(number, offset, length, advice));
        calls["fd_allocate"]?.Is((Call c, int number, long offset, long length) => c.Functions.Fd.Allocate(number, offset, length));
        calls["fd_close"]?.Is((Call c, int number) => c.Functions.Fd.Close(number));
        calls["fd_datasync"]?.Is((Call c, int number) => c.Functions.Fd.Sync(c, number, dataOnly: true));
        calls["fd_fdstat_get"]?.Is((Call c, int number, int result) =>
            c.Functions.Fd.GetDescriptorStatus(c.Memory, number, result));
        calls["fd_fdstat_set_flags"]?.Is((Call c, int number, int flags) => c.Functions.Fd.SetDescriptorFlags(number, flags));
        calls["fd_fdstat_set_rights"]?.Is((Call c, int number, long rights, long inheriting) =>
            c.Functions.Fd.SetRights(number, rights, inheriting));
        calls["fd_filestat_get"]?.Is((Call c, int number, int result) => c.Functions.Fd.GetStatus(c.Memory, number, result));
        calls["fd_filestat_set_size"]?.Is((Call c, int number, long length) => c.Functions.Fd.SetLength(number, length));
        calls["fd_filestat_set_times"]?.Is((Call c, int number, long accessed, long modified, int flags) =>
            c.Functions.Fd.SetTimes(number, accessed, modified, flags));
        calls["fd_renumber"]?.Is((Call c, int from, int to) => c.Functions.Fd.Renumber(from, to));
        calls["fd_seek"]?.Is((Call c, int number, long offset, int whence, int result) =>
            c.Functions.Fd.Seek(c.Memory, number, offset, whence, result));
        calls["fd_sync"]?.Is((Call c, int number) => c.Functions.Fd.Sync(c, number, dataOnly: false));
        calls["fd_tell"]?.Is((Call c, int number, int result) => c.Functions.Fd.Tell(c.Memory, number, result));
    }

    private void DefineTransfers()
    {
        calls["fd_pread"]?.Is((Call c, int number, int list, int count, long offset, int result) =>
            c.Functions.Io.ReadAt(c, number, list, count, offset, result));
        calls["fd_prestat_get"]?.Is((Call c, int number, int result) =>
            c.Functions.Directories.GetPreopen(c.Memory, number, result));
        calls["fd_prestat_dir_name"]?.Is((Call c, int number, int name, int length) =>
            c.Functions.Directories.GetPreopenName(c.Memory, number, name, length));
        calls["fd_pwrite"]?.Is((Call c, int number, int list, int count, long offset, int result) =>
            c.Functions.Io.WriteAt(c, number, list, count, offset, result));
        calls["fd_read"]?.Is((Call c, int number, int list, int count, int result) =>
            c.Functions.Io.Read(c, number, list, count, result));
        calls["fd_readdir"]?.Is((Call c, int number, int buffer, int length, long cookie, int used) =>
            c.Functions.Directories.Read(c.Memory, number, buffer, length, cookie, used));
        calls["fd_write"]?.Is((Call c, int number, int list, int count, int result) =>
            c.Functions.Io.Write(c, number, list, count, result));
    }

    private void DefinePaths()
    {
        calls["path_create_directory"]?.Is((Call c, int number, int path, int length) =>
            c.Functions.Paths.CreateDirectory(c.Memory, number, path, length));
        calls["path_filestat_get"]?.Is((Call c, int number, int lookup, int path, int length, int result) =>
            c.Functions.Paths.GetStatus(c.Memory, number, lookup, path, length, result));
        calls["path_filestat_set_times"]?.Is(
            (Call c, int number, int lookup, int path, int length, long accessed, long modified, int flags) =>
            c.Functions.Paths.SetTimes(c.Memory, number, lookup, path, length, accessed, modified, flags));
        calls["path_link"]?.Is(
            (Call c, int number, int lookup, int path, int length, int newNumber, int newPath, int newLength) =>
            c.Functions.Paths.Link(c.Memory, number, lookup, path, length, newNumber, newPath, newLength));
        calls["path_open"]?.Is(
            (Call c, int number, int lookup, int path, int length, int flags, long rights, long inheriting,
                int fdFlags, int result) =>
            c.Functions.Open.Open(c.Memory, number, lookup, path, length, flags, rights, inheriting, fdFlags, result));
        calls["path_readlink"]?.Is((Call c, int number, int path, int length, int buffer, int bufferLength, int used) =>
            c.Functions.Paths.ReadLink(c.Memory, number, path, length, buffer, bufferLength, used));
        calls["path_remove_directory"]?.Is((Call c, int number, int path, int length) =>
            c.Functions.Paths.RemoveDirectory(c.Memory, number, path, length));
        calls["path_rename"]?.Is((Call c, int number, int path, int length, int newNumber, int newPath, int newLength) =>
            c.Functions.Paths.Rename(c.Memory, number, path, length, newNumber, newPath, newLength));
        calls["path_symlink"]?.Is((Call c, int target, int targetLength, int number, int path, int length) =>
            c.Functions.Paths.Symlink(c.Memory, target, targetLength, number, path, length));
        calls["path_unlink_file"]?.Is((Call c, int number, int path, int length) =>
            c.Functions.Paths.Unlink(c.Memory, number, path, length));
    }

    private void DefineSockets()
    {
        if (!isUnstable)
        {
            calls["sock_accept"]?.Is((Call c, int number, int flags, int result) =>
                c.Functions.Sockets.Accept(c, number, flags, result));
        }

        calls["sock_recv"]?.Is((Call c, int number, int list, int count, int flags, int used, int outFlags) =>
            c.Functions.Sockets.Receive(c, number, list, count, flags, used, outFlags));
        calls["sock_send"]?.Is((Call c, int number, int list, int count, int flags, int used) =>
            c.Functions.Sockets.Send(c, number, list, count, flags, used));
        calls["sock_shutdown"]?.Is((Call c, int number, int how) => c.Functions.Sockets.Shutdown(number, how));
    }
}
