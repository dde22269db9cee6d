namespace Coffer.Wasi.Preview1;

/// <summary>
/// The functions by name, with the types that guests import: the one list of them. What they work on comes with each call.
/// </summary>
internal sealed class FunctionTable(CallTable calls, bool isUnstable)
{
    /// <summary>What has been defined.</summary>
    public IReadOnlyList<string> Names => calls.Names;

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
        calls.Add("args_get", (Call c, int pointers, int bytes) => c.State.Arguments.Get(c.Memory, pointers, bytes));
        calls.Add("args_sizes_get", (Call c, int count, int bytes) =>
            c.State.Arguments.GetSizes(c.Memory, count, bytes));
        calls.Add("environ_get", (Call c, int pointers, int bytes) =>
            c.State.Environment.Get(c.Memory, pointers, bytes));
        calls.Add("environ_sizes_get", (Call c, int count, int bytes) =>
            c.State.Environment.GetSizes(c.Memory, count, bytes));
        calls.Add("clock_res_get", (Call c, int id, int result) => c.State.Clock.GetResolution(c.Memory, id, result));
        calls.Add("clock_time_get", (Call c, int id, long precision, int result) =>
            c.State.Clock.GetTime(c.Memory, id, result));
        calls.Add("poll_oneoff", (Call c, int input, int output, int count, int result) =>
            c.Functions.Poll.OneOff(c, input, output, count, result));
        calls.AddExit("proc_exit", Process.Exit);
        calls.Add("proc_raise", (Call c, int signal) => Process.Raise());
        calls.Add("sched_yield", (Call c) => Process.Yield());
        calls.Add("random_get", (Call c, int buffer, int length) =>
            c.State.Process.GetRandom(c, buffer, length));
    }

    private void DefineDescriptors()
    {
        calls.Add("fd_advise", (Call c, int number, long offset, long length, int advice) =>
            c.Functions.Fd.Advise(number, offset, length, advice));
        calls.Add("fd_allocate", (Call c, int number, long offset, long length) => c.Functions.Fd.Allocate(number, offset, length));
        calls.Add("fd_close", (Call c, int number) => c.Functions.Fd.Close(number));
        calls.Add("fd_datasync", (Call c, int number) => c.Functions.Fd.Sync(c, number, dataOnly: true));
        calls.Add("fd_fdstat_get", (Call c, int number, int result) =>
            c.Functions.Fd.GetDescriptorStatus(c.Memory, number, result));
        calls.Add("fd_fdstat_set_flags", (Call c, int number, int flags) => c.Functions.Fd.SetDescriptorFlags(number, flags));
        calls.Add("fd_fdstat_set_rights", (Call c, int number, long rights, long inheriting) =>
            c.Functions.Fd.SetRights(number, rights, inheriting));
        calls.Add("fd_filestat_get", (Call c, int number, int result) => c.Functions.Fd.GetStatus(c.Memory, number, result));
        calls.Add("fd_filestat_set_size", (Call c, int number, long length) => c.Functions.Fd.SetLength(number, length));
        calls.Add("fd_filestat_set_times", (Call c, int number, long accessed, long modified, int flags) =>
            c.Functions.Fd.SetTimes(number, accessed, modified, flags));
        calls.Add("fd_renumber", (Call c, int from, int to) => c.Functions.Fd.Renumber(from, to));
        calls.Add("fd_seek", (Call c, int number, long offset, int whence, int result) =>
            c.Functions.Fd.Seek(c.Memory, number, offset, whence, result));
        calls.Add("fd_sync", (Call c, int number) => c.Functions.Fd.Sync(c, number, dataOnly: false));
        calls.Add("fd_tell", (Call c, int number, int result) => c.Functions.Fd.Tell(c.Memory, number, result));
    }

    private void DefineTransfers()
    {
        calls.Add("fd_pread", (Call c, int number, int list, int count, long offset, int result) =>
            c.Functions.Io.ReadAt(c, number, list, count, offset, result));
        calls.Add("fd_prestat_get", (Call c, int number, int result) =>
            c.Functions.Directories.GetPreopen(c.Memory, number, result));
        calls.Add("fd_prestat_dir_name", (Call c, int number, int name, int length) =>
            c.Functions.Directories.GetPreopenName(c.Memory, number, name, length));
        calls.Add("fd_pwrite", (Call c, int number, int list, int count, long offset, int result) =>
            c.Functions.Io.WriteAt(c, number, list, count, offset, result));
        calls.Add("fd_read", (Call c, int number, int list, int count, int result) =>
            c.Functions.Io.Read(c, number, list, count, result));
        calls.Add("fd_readdir", (Call c, int number, int buffer, int length, long cookie, int used) =>
            c.Functions.Directories.Read(c.Memory, number, buffer, length, cookie, used));
        calls.Add("fd_write", (Call c, int number, int list, int count, int result) =>
            c.Functions.Io.Write(c, number, list, count, result));
    }

    private void DefinePaths()
    {
        calls.Add("path_create_directory", (Call c, int number, int path, int length) =>
            c.Functions.Paths.CreateDirectory(c.Memory, number, path, length));
        calls.Add("path_filestat_get", (Call c, int number, int lookup, int path, int length, int result) =>
            c.Functions.Paths.GetStatus(c.Memory, number, lookup, path, length, result));
        calls.Add("path_filestat_set_times",
            (Call c, int number, int lookup, int path, int length, long accessed, long modified, int flags) =>
            c.Functions.Paths.SetTimes(c.Memory, number, lookup, path, length, accessed, modified, flags));
        calls.Add("path_link",
            (Call c, int number, int lookup, int path, int length, int newNumber, int newPath, int newLength) =>
            c.Functions.Paths.Link(c.Memory, number, lookup, path, length, newNumber, newPath, newLength));
        calls.Add("path_open",
            (Call c, int number, int lookup, int path, int length, int flags, long rights, long inheriting,
                int fdFlags, int result) =>
            c.Functions.Open.Open(c.Memory, number, lookup, path, length, flags, rights, inheriting, fdFlags, result));
        calls.Add("path_readlink", (Call c, int number, int path, int length, int buffer, int bufferLength, int used) =>
            c.Functions.Paths.ReadLink(c.Memory, number, path, length, buffer, bufferLength, used));
        calls.Add("path_remove_directory", (Call c, int number, int path, int length) =>
            c.Functions.Paths.RemoveDirectory(c.Memory, number, path, length));
        calls.Add("path_rename", (Call c, int number, int path, int length, int newNumber, int newPath, int newLength) =>
            c.Functions.Paths.Rename(c.Memory, number, path, length, newNumber, newPath, newLength));
        calls.Add("path_symlink", (Call c, int target, int targetLength, int number, int path, int length) =>
            c.Functions.Paths.Symlink(c.Memory, target, targetLength, number, path, length));
        calls.Add("path_unlink_file", (Call c, int number, int path, int length) =>
            c.Functions.Paths.Unlink(c.Memory, number, path, length));
    }

    private void DefineSockets()
    {
        if (!isUnstable)
        {
            calls.Add("sock_accept", (Call c, int number, int flags, int result) =>
                c.Functions.Sockets.Accept(c, number, flags, result));
        }

        calls.Add("sock_recv", (Call c, int number, int list, int count, int flags, int used, int outFlags) =>
            c.Functions.Sockets.Receive(c, number, list, count, flags, used, outFlags));
        calls.Add("sock_send", (Call c, int number, int list, int count, int flags, int used) =>
            c.Functions.Sockets.Send(c, number, list, count, flags, used));
        calls.Add("sock_shutdown", (Call c, int number, int how) => c.Functions.Sockets.Shutdown(number, how));
    }
}
