using Coffer.Fastly.Abi;
using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Caching;

/// <summary>A body that goes into the cache as it is written.</summary>
internal sealed class CacheBodyWriter(CacheFill fill, int maximumTrailerBytes) : BodyWriter(maximumTrailerBytes)
{
    /// <inheritdoc/>
    public override bool IsUnread => false;

    /// <inheritdoc/>
    public override Task WhenReady() => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            fill.Append(bytes);
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        try
        {
            fill.Complete();
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    /// <inheritdoc/>
    protected override void Abandon() => fill.Dispose();
}

/// <summary>What failures of the cache are in the words of the ABI.</summary>
internal static class CacheStatus
{
    public static StatusException Of(CacheException failure) => new(failure.Failure switch
    {
        CacheFailure.InvalidArgument => FastlyStatus.InvalidArgument,
        CacheFailure.NoObligation => FastlyStatus.BadHandle,
        CacheFailure.BodySize or CacheFailure.Full => FastlyStatus.LimitExceeded,
        _ => FastlyStatus.Error,
    });
}
