using Coffer.Fastly.Abi;
using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Caching;

/// <summary>
/// A lookup in the cache that the guest has a handle of. It may still wait for whoever fills the cache; a guest that closes it
/// gives its obligation up.
/// </summary>
internal sealed class CacheLookup : IAsyncItem, IDisposable
{
    private readonly CancellationTokenSource closing = new();
    private readonly Task<CacheTransaction>? transaction;
    private readonly CachedObject? found;

    /// <summary>A lookup that waits for nobody and owes nothing.</summary>
    public CacheLookup(CachedObject? found) => this.found = found;

    /// <summary>A lookup that may become one to fill the cache.</summary>
    public CacheLookup(Func<CancellationToken, ValueTask<CacheTransaction>> begin) => transaction = begin(closing.Token).AsTask();

    private CacheLookup(CacheLookup other)
    {
        transaction = other.transaction;
        found = other.found;
        AlwaysUsesRange = other.AlwaysUsesRange;
    }

    /// <summary>Whether a range that was asked for is given also where the length is not known.</summary>
    public bool AlwaysUsesRange { get; init; }

    /// <summary>The handle of the body that was got last.</summary>
    public int LastBody { get; set; }

    public Task WhenReady() => transaction ?? Task.CompletedTask;

    /// <summary>What was found; asked when it is ready.</summary>
    public CachedObject? Found => transaction is null ? found : transaction.Result.Found;

    public bool MustFill => transaction is { IsCompletedSuccessfully: true } && transaction.Result.MustFill;

    /// <summary>The same under another handle; this one is left with nothing.</summary>
    public CacheLookup Move()
    {
        IsMoved = true;
        return new CacheLookup(this);
    }

    public bool IsMoved { get; private set; }

    public CacheFill Insert(CacheWrite write)
    {
        try
        {
            return Obliged().Insert(write);
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    public void Update(CacheWrite write)
    {
        try
        {
            Obliged().Update(write);
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    public bool Cancel() => transaction is { IsCompletedSuccessfully: true } && transaction.Result.Cancel();

    private CacheTransaction Obliged() => transaction?.Result ?? throw new StatusException(FastlyStatus.BadHandle);

    public void Dispose()
    {
        if (IsMoved) return;
        closing.Cancel();
        transaction?.ContinueWith(
            static ended =>
            {
                if (ended.IsCompletedSuccessfully) ended.Result.Dispose();
                else _ = ended.Exception;
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
