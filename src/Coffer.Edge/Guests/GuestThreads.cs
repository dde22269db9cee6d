namespace Coffer.Edge.Guests;

/// <summary>
/// Where guests run. One that has all it needs runs on the thread that brought its request, as long as few do; when it does not
/// end soon, the pool is given another thread in place of its own (<see cref="MakeUpFor"/>), so that guests keep none from the
/// server. Others, who may be kept waiting or are expected to compute for long, get threads of their own, which stay for a while for
/// the next.
/// </summary>
internal sealed class GuestThreads : IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private readonly int mostInline;
    private readonly int stackBytes;
    private readonly Lock gate = new();
    private readonly Stack<Worker> idle = new();
    private readonly int workers, ports;
    private int inline, madeUpFor;
    private bool isOver;

    /// <param name="stackBytes">The stack of a thread; what guests do not use of it takes no memory.</param>
    /// <param name="mostInline">How many may run on threads of the pool.</param>
    public GuestThreads(int stackBytes, int mostInline)
    {
        this.stackBytes = stackBytes;
        this.mostInline = mostInline;
        ThreadPool.GetMinThreads(out workers, out ports);
    }

    /// <summary>Lets the pool have as many threads more as guests keep for long. Called by the watch.</summary>
    public void MakeUpFor(int kept)
    {
        if (kept == madeUpFor) return;
        madeUpFor = kept;
        ThreadPool.SetMinThreads(workers + kept, ports);
    }

    /// <summary>Runs a guest to its end.</summary>
    /// <returns>Completed when it ran on the thread of the caller; else completes on a thread of the pool.</returns>
    public ValueTask RunAsync(GuestCall call, GuestProgram program)
    {
        var isToEndSoon = call.Body.HasArrived && !call.App.Pace.IsLong;
        if (isToEndSoon && Interlocked.Increment(ref inline) <= mostInline)
        {
            try
            {
                call.IsInline = true;
                call.Run(program);
                return default;
            }
            finally
            {
                Interlocked.Decrement(ref inline);
            }
        }

        if (isToEndSoon) Interlocked.Decrement(ref inline);
        var job = new Job(call, program);
        Start(job);
        return new ValueTask(job.Task);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
            while (idle.TryPop(out var worker)) worker.End();
        }
    }

    private void Start(Job job)
    {
        Worker? worker;
        lock (gate)
        {
            if (idle.TryPop(out worker))
            {
                worker.Give(job);
                return;
            }
        }

        _ = new Worker(this, job, stackBytes);
    }

    private bool TryRest(Worker worker)
    {
        lock (gate)
        {
            if (isOver) return false;
            idle.Push(worker);
            return true;
        }
    }

    // The one that rests longest is at the bottom, and nobody can take it out there: a worker leaves when it finds itself on top.
    private bool TryLeave(Worker worker)
    {
        lock (gate)
        {
            if (!idle.TryPeek(out var top) || top != worker) return false;
            idle.Pop();
            return true;
        }
    }

    private sealed class Job(GuestCall call, GuestProgram program) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public void Run()
        {
            call.Run(program);
            SetResult();
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly GuestThreads threads;
        private readonly SemaphoreSlim given = new(0);
        private Job? job;
        private volatile bool isOver;

        public Worker(GuestThreads threads, Job first, int stackBytes)
        {
            this.threads = threads;
            job = first;
            new Thread(Work, stackBytes) { IsBackground = true, Name = "guest" }.Start();
        }

        public void Give(Job next)
        {
            job = next;
            given.Release();
        }

        public void End()
        {
            isOver = true;
            given.Release();
        }

        public void Dispose() => given.Dispose();

        private void Work()
        {
            using var _ = this;
            while (true)
            {
                var mine = job!;
                job = null;
                mine.Run();
                if (!threads.TryRest(this) || !WaitForNext()) return;
            }
        }

        private bool WaitForNext()
        {
            while (!given.Wait(IdleTime))
            {
                if (threads.TryLeave(this)) return false;
            }

            return !isOver;
        }
    }
}
