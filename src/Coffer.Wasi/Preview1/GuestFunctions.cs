namespace Coffer.Wasi.Preview1;

/// <summary>
/// What the functions of one guest work with, in one of the two dialects. Each part is made when it is first called: most
/// guests use few of them, and some live for microseconds. Calls come one at a time.
/// </summary>
internal sealed class GuestFunctions(WasiState state, bool isUnstable)
{
    private Fd? fd;
    private Directories? directories;
    private Paths? paths;
    private PathOpen? open;
    private Sockets? sockets;
    private Poll? poll;

    public WasiState State => state;

    public Fd Fd => fd ??= new Fd(state, isUnstable);

    public FileIo Io => state.Io;

    public Directories Directories => directories ??= new Directories(state.Descriptors, state.Authority);

    public Paths Paths => paths ??= new Paths(state.Descriptors, state.Authority, state.Quotas, isUnstable);

    public PathOpen Open => open ??= new PathOpen(state);

    public Sockets Sockets => sockets ??= new Sockets(state);

    public Poll Poll => poll ??= new Poll(state, isUnstable);
}
