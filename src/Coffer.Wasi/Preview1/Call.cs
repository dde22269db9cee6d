namespace Coffer.Wasi.Preview1;

/// <summary>One call of a function by a guest.</summary>
internal readonly struct Call(Caller caller, Lock? held, GuestFunctions functions) : IDisposable
{
    /// <summary>What the functions of this guest work with.</summary>
    public GuestFunctions Functions => functions;

    /// <summary>What the guest has.</summary>
    public WasiState State => functions.State;

    /// <summary>The memory of the guest, in which its pointers point.</summary>
    /// <exception cref="LinkException">It exports none.</exception>
    public Memory Memory
    {
        get
        {
            try
            {
                return caller.Memory;
            }
            catch (KeyNotFoundException)
            {
                throw new LinkException("the module uses WASI, but exports no memory under the name \"memory\"");
            }
        }
    }

    /// <summary>The store of the calling thread.</summary>
    public Store Store => caller.Store;

    /// <summary>Lets other threads of the guest call.</summary>
    public void Dispose() => held?.Exit();
}
