namespace Coffer.Wasi.Preview1;

/// <summary>The functions by name, with the types that guests import: the one list of them.</summary>
internal sealed class FunctionTable(CallTable calls, WasiState state, bool isUnstable)
{
    private readonly Fd fd = new(state, isUnstable);
    private readonly FileIo io = state.Io;
    private readonly Directories directories = new(state.Descriptors, state.Authority);
    private readonly Paths paths = new(state.Descriptors, state.Authority, state.Quotas, isUnstable);
    private readonly PathOpen open = new(state);
    private readonly Sockets sockets = new(state);
    private readonly Poll poll = new(state, isUnstable);

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
        calls.Add("args_get", (Call c, int pointers, int bytes) => state.Arguments.Get(c.Memory, pointers, bytes));
        calls.Add("args_sizes_get", (Call c, int count, int bytes) =>
            state.Arguments.GetSizes(c.Memory, count, bytes));
        calls.Add("environ_get", (Call c, int pointers, int bytes) =>
            state.Environment.Get(c.Memory, pointers, bytes));
        calls.Add("environ_sizes_get", (Call c, int count, int bytes) =>
            state.Environment.GetSizes(c.Memory, count, bytes));
        calls.Add("clock_res_get", (Call c, int id, int result) => state.Clock.GetResolution(c.Memory, id, result));
        calls.Add("clock_time_get", (Call c, int id, long precision, int result) =>
            state.Clock.GetTime(c.Memory, id, result));
        calls.Add("poll_oneoff", (Call c, int input, int output, int count, int result) =>
            poll.OneOff(c, input, output, count, result));
        calls.AddExit("proc_exit", Process.Exit);
        calls.Add("proc_raise", (Call _, int signal) => Process.Raise());
        calls.Add("sched_yield", (Call _) => Process.Yield());
        calls.Add("random_get", (Call c, int buffer, int length) =>
            state.Process.GetRandom(c, buffer, length));
    }

    private void DefineDescriptors()
    {
        calls.Add("fd_advise", (Call _, int number, long offset, long length, int advice) =>
            fd.Advise(number, offset, length, advice));
        calls.Add("fd_allocate", (Call _, int number, long offset, long length) => fd.Allocate(number, offset, length));
        calls.Add("fd_close", (Call _, int number) => fd.Close(number));
        calls.Add("fd_datasync", (Call c, int number) => fd.Sync(c, number, dataOnly: true));
        calls.Add("fd_fdstat_get", (Call c, int number, int result) =>
            fd.GetDescriptorStatus(c.Memory, number, result));
        calls.Add("fd_fdstat_set_flags", (Call _, int number, int flags) => fd.SetDescriptorFlags(number, flags));
        calls.Add("fd_fdstat_set_rights", (Call _, int number, long rights, long inheriting) =>
            fd.SetRights(number, rights, inheriting));
        calls.Add("fd_filestat_get", (Call c, int number, int result) => fd.GetStatus(c.Memory, number, result));
        calls.Add("fd_filestat_set_size", (Call _, int number, long length) => fd.SetLength(number, length));
        calls.Add("fd_filestat_set_times", (Call _, int number, long accessed, long modified, int flags) =>
            fd.SetTimes(number, accessed, modified, flags));
        calls.Add("fd_renumber", (Call _, int from, int to) => fd.Renumber(from, to));
        calls.Add("fd_seek", (Call c, int number, long offset, int whence, int result) =>
            fd.Seek(c.Memory, number, offset, whence, result));
        calls.Add("fd_sync", (Call c, int number) => fd.Sync(c, number, dataOnly: false));
        calls.Add("fd_tell", (Call c, int number, int result) => fd.Tell(c.Memory, number, result));
    }

    private void DefineTransfers()
    {
        calls.Add("fd_pread", (Call c, int number, int list, int count, long offset, int result) =>
            io.ReadAt(c, number, list, count, offset, result));
        calls.Add("fd_prestat_get", (Call c, int number, int result) =>
            directories.GetPreopen(c.Memory, number, result));
        calls.Add("fd_prestat_dir_name", (Call c, int number, int name, int length) =>
            directories.GetPreopenName(c.Memory, number, name, length));
        calls.Add("fd_pwrite", (Call c, int number, int list, int count, long offset, int result) =>
            io.WriteAt(c, number, list, count, offset, result));
        calls.Add("fd_read", (Call c, int number, int list, int count, int result) =>
            io.Read(c, number, list, count, result));
        calls.Add("fd_readdir", (Call c, int number, int buffer, int length, long cookie, int used) =>
            directories.Read(c.Memory, number, buffer, length, cookie, used));
        calls.Add("fd_write", (Call c, int number, int list, int count, int result) =>
            io.Write(c, number, list, count, result));
    }

    private void DefinePaths()
    {
        calls.Add("path_create_directory", (Call c, int number, int path, int length) =>
            paths.CreateDirectory(c.Memory, number, path, length));
        calls.Add("path_filestat_get", (Call c, int number, int lookup, int path, int length, int result) =>
            paths.GetStatus(c.Memory, number, lookup, path, length, result));
        calls.Add("path_filestat_set_times",
            (Call c, int number, int lookup, int path, int length, long accessed, long modified, int flags) =>
            paths.SetTimes(c.Memory, number, lookup, path, length, accessed, modified, flags));
        calls.Add("path_link",
            (Call c, int number, int lookup, int path, int length, int newNumber, int newPath, int newLength) =>
            paths.Link(c.Memory, number, lookup, path, length, newNumber, newPath, newLength));
        calls.Add("path_open",
            (Call c, int number, int lookup, int path, int length, int flags, long rights, long inheriting,
                int fdFlags, int result) =>
            open.Open(c.Memory, number, lookup, path, length, flags, rights, inheriting, fdFlags, result));
        calls.Add("path_readlink", (Call c, int number, int path, int length, int buffer, int bufferLength, int used) =>
            paths.ReadLink(c.Memory, number, path, length, buffer, bufferLength, used));
        calls.Add("path_remove_directory", (Call c, int number, int path, int length) =>
            paths.RemoveDirectory(c.Memory, number, path, length));
        calls.Add("path_rename", (Call c, int number, int path, int length, int newNumber, int newPath, int newLength) =>
            paths.Rename(c.Memory, number, path, length, newNumber, newPath, newLength));
        calls.Add("path_symlink", (Call c, int target, int targetLength, int number, int path, int length) =>
            paths.Symlink(c.Memory, target, targetLength, number, path, length));
        calls.Add("path_unlink_file", (Call c, int number, int path, int length) =>
            paths.Unlink(c.Memory, number, path, length));
    }

    private void DefineSockets()
    {
        if (!isUnstable)
        {
            calls.Add("sock_accept", (Call c, int number, int flags, int result) =>
                sockets.Accept(c, number, flags, result));
        }

        calls.Add("sock_recv", (Call c, int number, int list, int count, int flags, int used, int outFlags) =>
            sockets.Receive(c, number, list, count, flags, used, outFlags));
        calls.Add("sock_send", (Call c, int number, int list, int count, int flags, int used) =>
            sockets.Send(c, number, list, count, flags, used));
        calls.Add("sock_shutdown", (Call _, int number, int how) => sockets.Shutdown(number, how));
    }
}
