using System.Diagnostics;

namespace Coffer.Edge.Limits;

/// <summary>
/// Who may run. A server serves so many requests at a time, an app so many of them; others wait in the queue of their app, and
/// those who wait get their turn app by app, so that one whose queue is long does not keep the others waiting. The last places of the
/// server are for apps that have few, so that some whose requests do not end leave room for the others.
/// </summary>
/// <param name="concurrency">Requests that are served at a time in all.</param>
internal sealed class Admission(int concurrency)
{
    private readonly Lock gate = new();
    private readonly Queue<AdmissionQueue> turns = new();
    private readonly int reserve = concurrency / 8, few = concurrency / 64;
    private int running;

    /// <summary>Requests that are served at a time in all.</summary>
    public int Concurrency => concurrency;

    /// <summary>Requests that are being served.</summary>
    public int Running => Volatile.Read(ref running);

    /// <summary>Lets a request of an app run, now or when it is its turn.</summary>
    /// <returns>Whether it may: no when its queue is full, or when it has waited for too long.</returns>
    public ValueTask<bool> EnterAsync(AdmissionQueue queue, RequestLimits limits)
    {
        lock (gate)
        {
            queue.Concurrency = limits.Concurrency;
            if (HasRoomFor(queue) && queue.Waiting.Count == 0)
            {
                running++;
                queue.Running++;
                return ValueTask.FromResult(true);
            }

            if (queue.Waiting.Count >= limits.Queue || limits.QueueTime <= TimeSpan.Zero) return ValueTask.FromResult(false);
            var waiter = new Waiter(Stopwatch.GetTimestamp() + (long)(limits.QueueTime.TotalSeconds * Stopwatch.Frequency));
            queue.Waiting.Enqueue(waiter);
            if (!queue.HasTurn)
            {
                queue.HasTurn = true;
                turns.Enqueue(queue);
            }

            return new ValueTask<bool>(waiter.Task);
        }
    }

    /// <summary>A request has ended that was let in.</summary>
    public void Leave(AdmissionQueue queue)
    {
        lock (gate)
        {
            running--;
            queue.Running--;
            AdmitNext();
        }
    }

    /// <summary>Turns those away who have waited for too long. Called by the watch.</summary>
    public void Expire()
    {
        lock (gate)
        {
            if (turns.Count == 0) return;
            var now = Stopwatch.GetTimestamp();
            foreach (var queue in turns)
            {
                while (queue.Waiting.TryPeek(out var first) && first.Until <= now)
                {
                    queue.Waiting.Dequeue();
                    first.SetResult(false);
                }
            }

            AdmitNext();
        }
    }

    /// <summary>Whether anybody waits.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (gate) return turns.Count > 0;
        }
    }

    private bool HasRoomFor(AdmissionQueue queue) =>
        running < concurrency && queue.Running < queue.Concurrency && (running < concurrency - reserve || queue.Running <= few);

    private void AdmitNext()
    {
        // Once round: an app that may have no more now keeps its place for later.
        for (var i = turns.Count; i > 0 && running < concurrency; i--)
        {
            var queue = turns.Dequeue();
            if (HasRoomFor(queue) && queue.Waiting.TryDequeue(out var next))
            {
                running++;
                queue.Running++;
                next.SetResult(true);
                i = turns.Count + 1;
            }

            queue.HasTurn = queue.Waiting.Count > 0;
            if (queue.HasTurn) turns.Enqueue(queue);
        }
    }

    internal sealed class Waiter(long until) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Until { get; } = until;
    }
}

/// <summary>The requests of one app that run and wait. Used by <see cref="Admission"/> alone.</summary>
internal sealed class AdmissionQueue
{
    public Queue<Admission.Waiter> Waiting { get; } = new();

    public int Running { get; set; }

    public int Concurrency { get; set; }

    public bool HasTurn { get; set; }
}
