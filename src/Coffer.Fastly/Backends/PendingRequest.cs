using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Backends;

/// <summary>A request that was sent and whose answer the guest, or its client, waits for.</summary>
internal sealed class PendingRequest(Task<BackendResponse> response) : IAsyncItem, IDisposable
{
    /// <summary>The answer; it fails with a <see cref="SendException"/>.</summary>
    public Task<BackendResponse> Response => response;

    /// <summary>What is done to the headers of a response that goes to the client as it comes.</summary>
    public List<Action<HeaderList>> OnResponse { get; } = [];

    /// <summary>The same for the answer that takes the place of one that failed.</summary>
    public List<Action<HeaderList>> OnError { get; } = [];

    public Task WhenReady() => response;

    /// <summary>
    /// The guest does not want the answer. The request is sent all the same, as programs expect that do not wait for their
    /// reports to arrive.
    /// </summary>
    public void Dispose() => response.ContinueWith(
        static ended =>
        {
            if (ended.IsCompletedSuccessfully) ended.Result.Dispose();
            else _ = ended.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
