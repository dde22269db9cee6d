using System.Collections.Concurrent;
using Coffer.Edge.Deployment.State;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Deployment;

/// <summary>
/// Deployments that nobody waits for: each is on disk before it is acknowledged, goes on when its client has left, and has an end that can be asked
/// for later, also when the server has ended meanwhile. Thread-safe.
/// </summary>
/// <param name="service">What deploys.</param>
/// <param name="store">Where they are written.</param>
/// <param name="logger">Where messages go.</param>
internal sealed class DeploymentOperations(DeploymentService service, DeploymentStore store, ILogger logger) : IAsyncDisposable
{
    /// <summary>How many may go on at a time.</summary>
    public const int MostRunning = 32;

    private readonly Lock gate = new();
    private readonly CancellationTokenSource end = new();
    private readonly Dictionary<long, Task> tasks = [];
    private bool isClosed;

    // What the disk does not say: how far those are that go on, and the end of one that could not be written.
    private readonly ConcurrentDictionary<long, DeploymentOperation> known = new();

    /// <summary>Begins a deployment.</summary>
    /// <exception cref="DeploymentException">It is seen at once that it cannot be done, or too many go on.</exception>
    public DeploymentOperation Start(string name, DeploymentRequest request)
    {
        service.Check(name, request);
        lock (gate)
        {
            if (isClosed) throw new DeploymentException(DeploymentFailure.Busy, "the server is being stopped");
            if (tasks.Count >= MostRunning) throw new DeploymentException(DeploymentFailure.Busy, $"{MostRunning} deployments are under way; try again when one of them has ended");
            var begun = store.Begin(name, request.Digest, request.Canary);
            known[begun.Id] = begun;
            tasks.Add(begun.Id, Task.Run(() => RunAsync(begun, request)));
            return begun;
        }
    }

    /// <summary>A deployment by its number.</summary>
    /// <exception cref="DeploymentException">There is none, or it was so long ago that it is forgotten.</exception>
    public DeploymentOperation Get(long id) => known.GetValueOrDefault(id) ?? (store.Operations(id, 1) is [var written] ? written : null)
        ?? throw new DeploymentException(DeploymentFailure.NotFound, $"there is no operation {id}, or it was forgotten: the last {OperationTable.Kept} are kept");

    /// <summary>The last ones, newest first.</summary>
    public IReadOnlyList<DeploymentOperation> List(int limit) => [.. store.Operations(null, limit).Select(each => known.GetValueOrDefault(each.Id) ?? each)];

    /// <summary>Ends those that go on, and begins no more.</summary>
    public async Task CloseAsync()
    {
        Task[] left;
        lock (gate)
        {
            isClosed = true;
            left = [.. tasks.Values];
        }

        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(left).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        end.Dispose();
    }

    private async Task RunAsync(DeploymentOperation begun, DeploymentRequest request)
    {
        try
        {
            var result = await service.DeployAsync(begun.App, request, end.Token, new DeploymentProgress(begun.Id, state => known[begun.Id] = begun with { State = state })).ConfigureAwait(false);
            // It was written with the change; where nothing had to be changed it is written now.
            End(begun, OperationState.Serving, () => store.Succeed(begun.Id, result.Version), version: result.Version);
        }
        catch (DeploymentException exception)
        {
            Fail(begun, DeploymentFailures.WordOf(exception.Failure), exception.Message);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            Fail(begun, DeploymentOperation.Interrupted, "the server was stopped before it was done; deploy it again");
        }
        catch (Exception exception)
        {
            DeploymentLog.Mistaken(logger, exception, begun.App);
            Fail(begun, "internal", "this is a mistake of the server; its log says more");
        }

        lock (gate) tasks.Remove(begun.Id);
    }

    private void Fail(DeploymentOperation begun, string code, string reason) =>
        End(begun, OperationState.Failed, () => store.Fail(begun.Id, code, reason), code: code, reason: reason);

    private void End(DeploymentOperation begun, OperationState state, Action write, int? version = null, string? code = null, string? reason = null)
    {
        try
        {
            write();
            known.TryRemove(begun.Id, out _);
        }
        catch (DeploymentException exception)
        {
            // Who asks now is told; who asks after the next start is told that it was interrupted, which a version that serves never is.
            known[begun.Id] = begun with { State = state, Version = version, Code = code, Reason = reason };
            DeploymentLog.NotNoted(logger, begun.App, reason ?? "it serves", exception.Message);
        }
    }
}

/// <summary>To whom a deployment tells how far it is. Immutable.</summary>
/// <param name="Operation">The number of the operation, which ends with the change.</param>
/// <param name="Reached">Told what begins.</param>
internal sealed record DeploymentProgress(long Operation, Action<OperationState> Reached);
