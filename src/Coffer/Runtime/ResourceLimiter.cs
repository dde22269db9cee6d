namespace Coffer.Runtime;

/// <summary>
/// What a store is asked before a resource is taken and told after it is given back. Growth of a shared memory may ask
/// from several threads at once.
/// </summary>
internal abstract class ResourceLimiter
{
    /// <summary>Whether the store may hold so many more bytes of linear memory; if so they are charged.</summary>
    public abstract bool TryChargeMemory(ulong bytes);

    /// <summary>Gives back bytes that were charged.</summary>
    public abstract void ReleaseMemory(ulong bytes);
}
