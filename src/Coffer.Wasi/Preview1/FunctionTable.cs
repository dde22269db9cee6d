namespace Coffer.Wasi.Preview1;

/// <summary>The functions by name, with the types that guests import: the one list of them.</summary>
internal sealed class FunctionTable(Linker linker, string module, WasiState state, bool isUnstable)
{
    private readonly Fd fd = new(state.Descriptors, state.Authority, isUnstable);
    private readonly FileIo io = new(state.Descriptors, state.Streams);
    private readonly Directories directories = new(state.Descriptors, state.Authority);
    private readonly Paths paths = new(state.Descriptors, state.Authority, isUnstable);
    private readonly PathOpen open = new(state.Descriptors, state.Authority);
    private readonly Sockets sockets = new(state.Descriptors);
    private readonly Poll poll = new(state.Descriptors, state.Clock, isUnstable);

    private readonly List<string> names = [];

    /// <summary>What has been defined.</summary>
    public IReadOnlyList<string> Names => names;

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
        Add("args_get", (Caller c, int pointers, int bytes) => (int)state.Arguments.Get(c.Memory, pointers, bytes));
        Add("args_sizes_get", (Caller c, int count, int bytes) =>
            (int)state.Arguments.GetSizes(c.Memory, count, bytes));
        Add("environ_get", (Caller c, int pointers, int bytes) =>
            (int)state.Environment.Get(c.Memory, pointers, bytes));
        Add("environ_sizes_get", (Caller c, int count, int bytes) =>
            (int)state.Environment.GetSizes(c.Memory, count, bytes));
        Add("clock_res_get", (Caller c, int id, int result) => (int)state.Clock.GetResolution(c.Memory, id, result));
        Add("clock_time_get", (Caller c, int id, long precision, int result) =>
            (int)state.Clock.GetTime(c.Memory, id, result));
        Add("poll_oneoff", (Caller c, int input, int output, int count, int result) =>
            (int)poll.OneOff(c.Memory, input, output, count, result, c.Store.InterruptToken));
        Add("proc_exit", Process.Exit);
        Add("proc_raise", (int signal) => (int)Process.Raise());
        Add("sched_yield", () => (int)Process.Yield());
        Add("random_get", (Caller c, int buffer, int length) =>
            (int)state.Process.GetRandom(c.Memory, buffer, length, c.Store.InterruptToken));
    }

    private void DefineDescriptors()
    {
        Add("fd_advise", (int number, long offset, long length, int advice) =>
            (int)fd.Advise(number, offset, length, advice));
        Add("fd_allocate", (int number, long offset, long length) => (int)fd.Allocate(number, offset, length));
        Add("fd_close", (int number) => (int)fd.Close(number));
        Add("fd_datasync", (int number) => (int)fd.Sync(number, dataOnly: true));
        Add("fd_fdstat_get", (Caller c, int number, int result) =>
            (int)fd.GetDescriptorStatus(c.Memory, number, result));
        Add("fd_fdstat_set_flags", (int number, int flags) => (int)fd.SetDescriptorFlags(number, flags));
        Add("fd_fdstat_set_rights", (int number, long rights, long inheriting) =>
            (int)fd.SetRights(number, rights, inheriting));
        Add("fd_filestat_get", (Caller c, int number, int result) => (int)fd.GetStatus(c.Memory, number, result));
        Add("fd_filestat_set_size", (int number, long length) => (int)fd.SetLength(number, length));
        Add("fd_filestat_set_times", (int number, long accessed, long modified, int flags) =>
            (int)fd.SetTimes(number, accessed, modified, flags));
        Add("fd_renumber", (int from, int to) => (int)fd.Renumber(from, to));
        Add("fd_seek", (Caller c, int number, long offset, int whence, int result) =>
            (int)fd.Seek(c.Memory, number, offset, whence, result));
        Add("fd_sync", (int number) => (int)fd.Sync(number, dataOnly: false));
        Add("fd_tell", (Caller c, int number, int result) => (int)fd.Tell(c.Memory, number, result));
    }

    private void DefineTransfers()
    {
        Add("fd_pread", (Caller c, int number, int list, int count, long offset, int result) =>
            (int)io.ReadAt(c.Memory, number, list, count, offset, result));
        Add("fd_prestat_get", (Caller c, int number, int result) =>
            (int)directories.GetPreopen(c.Memory, number, result));
        Add("fd_prestat_dir_name", (Caller c, int number, int name, int length) =>
            (int)directories.GetPreopenName(c.Memory, number, name, length));
        Add("fd_pwrite", (Caller c, int number, int list, int count, long offset, int result) =>
            (int)io.WriteAt(c.Memory, number, list, count, offset, result));
        Add("fd_read", (Caller c, int number, int list, int count, int result) =>
            (int)io.Read(c.Memory, number, list, count, result));
        Add("fd_readdir", (Caller c, int number, int buffer, int length, long cookie, int used) =>
            (int)directories.Read(c.Memory, number, buffer, length, cookie, used));
        Add("fd_write", (Caller c, int number, int list, int count, int result) =>
            (int)io.Write(c.Memory, number, list, count, result));
    }

    private void DefinePaths()
    {
        Add("path_create_directory", (Caller c, int number, int path, int length) =>
            (int)paths.CreateDirectory(c.Memory, number, path, length));
        Add("path_filestat_get", (Caller c, int number, int lookup, int path, int length, int result) =>
            (int)paths.GetStatus(c.Memory, number, lookup, path, length, result));
        Add("path_filestat_set_times",
            (Caller c, int number, int lookup, int path, int length, long accessed, long modified, int flags) =>
            (int)paths.SetTimes(c.Memory, number, lookup, path, length, accessed, modified, flags));
        Add("path_link",
            (Caller c, int number, int lookup, int path, int length, int newNumber, int newPath, int newLength) =>
            (int)paths.Link(c.Memory, number, lookup, path, length, newNumber, newPath, newLength));
        Add("path_open",
            (Caller c, int number, int lookup, int path, int length, int flags, long rights, long inheriting,
                int fdFlags, int result) =>
            (int)open.Open(c.Memory, number, lookup, path, length, flags, rights, inheriting, fdFlags, result));
        Add("path_readlink", (Caller c, int number, int path, int length, int buffer, int bufferLength, int used) =>
            (int)paths.ReadLink(c.Memory, number, path, length, buffer, bufferLength, used));
        Add("path_remove_directory", (Caller c, int number, int path, int length) =>
            (int)paths.RemoveDirectory(c.Memory, number, path, length));
        Add("path_rename", (Caller c, int number, int path, int length, int newNumber, int newPath, int newLength) =>
            (int)paths.Rename(c.Memory, number, path, length, newNumber, newPath, newLength));
        Add("path_symlink", (Caller c, int target, int targetLength, int number, int path, int length) =>
            (int)paths.Symlink(c.Memory, target, targetLength, number, path, length));
        Add("path_unlink_file", (Caller c, int number, int path, int length) =>
            (int)paths.Unlink(c.Memory, number, path, length));
    }

    private void DefineSockets()
    {
        if (!isUnstable) Add("sock_accept", (int number, int flags, int result) => (int)sockets.Refuse(number));
        Add("sock_recv", (int number, int list, int count, int flags, int used, int outFlags) =>
            (int)sockets.Refuse(number));
        Add("sock_send", (int number, int list, int count, int flags, int used) => (int)sockets.Refuse(number));
        Add("sock_shutdown", (int number, int how) => (int)sockets.Refuse(number));
    }

    private void Add(string name, Delegate function)
    {
        names.Add(name);
        linker.DefineFunction(module, name, function);
    }
}
