using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Limits;
using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Guests;

/// <summary>
/// One request on its way through a guest: what it may use, what it was given and what became of it. The guest's thread uses it;
/// only <see cref="Exceed"/> may be called by others.
/// </summary>
internal sealed class GuestCall
{
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10), Noticeable = TimeSpan.FromMilliseconds(0.1);
    private static long s_count;

    private readonly Lock gate = new();
    private Store? store;
    private string? requestId;
    private volatile FaultKind exceeded;
    private long cpuClock;
    private volatile bool isRunning;
    private TimeSpan cpuAtStart, cpuSeen;
    private int thread;
    private bool hasGivenWay;

    public GuestCall(HttpContext context, App app, AppVersion version, RouteMatch route)
    {
        Context = context;
        App = app;
        Version = version;
        Route = route;
        Response = new ResponseSink(this);
        Body = new RequestBody(this);
        Log = new AppLog(this);
    }

    /// <summary>The request. While the guest runs nothing else uses it.</summary>
    public HttpContext Context { get; }

    /// <summary>The app.</summary>
    public App App { get; }

    /// <summary>The version of it that serves this request, whatever comes later.</summary>
    public AppVersion Version { get; }

    /// <summary>Cancelled when the version was replaced and the time for its requests to end has passed.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>By which route the request came, and what of its path that left.</summary>
    public RouteMatch Route { get; }

    /// <summary>How much the request may use.</summary>
    public RequestLimits Limits => Version.Options.Limits;

    /// <summary>The body of the request.</summary>
    public RequestBody Body { get; }

    /// <summary>The answer.</summary>
    public ResponseSink Response { get; }

    /// <summary>What the guest logs.</summary>
    public AppLog Log { get; }

    /// <summary>A name for this request, for logs, for the client of a failed request and for the guest.</summary>
    public string RequestId => requestId ??= MakeRequestId();

    /// <summary>When the guest started, as <see cref="Stopwatch.GetTimestamp"/> tells it; 0 before.</summary>
    public long Started { get; private set; }

    /// <summary>How long the request waited before.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>Whether the guest runs on a thread of the server's pool.</summary>
    public bool IsInline { get; set; }

    /// <summary>Whether it has kept that thread for longer than the server can miss it.</summary>
    public bool IsKeepingThread => IsInline && isRunning && Stopwatch.GetElapsedTime(Started) > Soon;

    /// <summary>Whether it has computed for long, or is expected to, so that it gives way to others.</summary>
    public bool IsLong { get; private set; }

    /// <summary>Whether it is such a one, and did compute before the last <see cref="Watch"/>, rather than to wait.</summary>
    public bool IsComputing { get; private set; }

    /// <summary>Whether the module had to be compiled, or loaded, first.</summary>
    public bool IsCold { get; set; }

    /// <summary>How long the guest ran, once it has ended.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>The processor time of the guest, once it has ended; zero where the system does not tell.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    /// <summary>How long making the sandbox took; zero where there was one already.</summary>
    public TimeSpan InstantiationTime { get; private set; }

    /// <summary>Bytes of linear memory that the guest had when it ended.</summary>
    public ulong MemoryBytes { get; private set; }

    /// <summary>What went wrong.</summary>
    public FaultKind Fault { get; private set; }

    /// <summary>A sandbox within the limits of the request, which ends with it. Dispose it by <see cref="CloseStore"/>.</summary>
    public Store OpenStore(Engine engine)
    {
        var opened = new Store(engine, new StoreLimits
        {
            MemoryBytes = (ulong)Limits.MemoryBytes,
            // What is no linear memory takes memory as well: a reference in a table, the objects of a guest.
            TableElements = (ulong)Limits.MemoryBytes / (ulong)IntPtr.Size,
            ObjectBytes = Math.Min(StoreLimits.Default.ObjectBytes, Limits.MemoryBytes),
            AllocatedBytes = Limits.AllocatedBytes,
            Fuel = Limits.Fuel ?? long.MaxValue,
        });
        Enter(opened);
        return opened;
    }

    /// <summary>Makes an instance in the sandbox of the request, and notes how long that took.</summary>
    public Instance Instantiate(InstancePre module, Store store)
    {
        var started = Stopwatch.GetTimestamp();
        var instance = module.Instantiate(store);
        InstantiationTime = Stopwatch.GetElapsedTime(started);
        return instance;
    }

    /// <summary>Ends a sandbox.</summary>
    public void CloseStore(Store opened)
    {
        Leave(opened);
        opened.Dispose();
    }

    /// <summary>Lets this request use a sandbox that there is already, within its limits.</summary>
    public void Enter(Store used)
    {
        used.SetCancellation(Context.RequestAborted);
        var left = Limits.Time - Stopwatch.GetElapsedTime(Started);
        used.SetDeadline(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        lock (gate)
        {
            store = used;
            if (exceeded != FaultKind.None) used.Interrupt();
        }
    }

    /// <summary>The request uses a sandbox no more.</summary>
    public void Leave(Store used)
    {
        lock (gate) store = null;
        MemoryBytes = used.MemoryBytes;
        used.SetDeadline(Timeout.InfiniteTimeSpan);
        used.SetCancellation(CancellationToken.None);
    }

    /// <summary>Whether the guest was ended, or is to be, so that its sandbox serves nobody else.</summary>
    public bool IsEnded => exceeded != FaultKind.None || Context.RequestAborted.IsCancellationRequested;

    /// <summary>Ends the guest because of a limit; the first one counts. May be called from any thread.</summary>
    public void Exceed(FaultKind kind)
    {
        lock (gate)
        {
            if (exceeded != FaultKind.None) return;
            exceeded = kind;
            store?.Interrupt();
        }
    }

    /// <summary>Runs the guest on this thread.</summary>
    /// <remarks>Nothing is thrown: what went wrong is <see cref="Fault"/>, and in the log.</remarks>
    public void Run(GuestProgram program)
    {
        Started = Stopwatch.GetTimestamp();
        cpuAtStart = ThreadClock.Now(out var clock);
        cpuClock = clock;
        thread = Niceness.ThisThread();
        IsLong = App.Pace.IsLong;
        if (IsLong) hasGivenWay = Niceness.TryGiveWay(thread);
        isRunning = true;
        try
        {
            program.Run(this);
            if (exceeded != FaultKind.None) throw new GuestFault(exceeded, "a limit was reached");
        }
        catch (Exception exception)
        {
            Fault = FaultReport.Write(this, exception, exceeded);
        }
        finally
        {
            // From here on the watch leaves the thread alone, which may be another request's.
            lock (gate) isRunning = false;
            if (hasGivenWay) Niceness.TakeBack();
            ProcessorTime = ThreadClock.Now(out _) - cpuAtStart;
            if (!IsCold) App.Pace.Note(ProcessorTime);
            Elapsed = Stopwatch.GetElapsedTime(Started);
            Log.Complete();
        }
    }

    /// <summary>
    /// Looks whether the guest has used up its processor time, or enough of it to give way, and sends what it wrote a while ago. Called
    /// by the watch.
    /// </summary>
    public void Watch()
    {
        if (!isRunning) return;
        Response.SendStale();
        if (Stopping.IsCancellationRequested) Exceed(FaultKind.Replaced);
        if (cpuClock == -1 || Stopwatch.GetElapsedTime(Started) < AppPace.Long || ThreadClock.Of(cpuClock) is not { } now) return;
        var used = now - cpuAtStart;
        if (used >= AppPace.Long) GiveWay(used);
        IsComputing = IsLong && used - cpuSeen >= Noticeable;
        cpuSeen = used;
        if (used >= Limits.ProcessorTime) Exceed(FaultKind.ProcessorTime);
    }

    private void GiveWay(TimeSpan processorTime)
    {
        lock (gate)
        {
            if (!isRunning || IsLong) return;
            IsLong = true;
            hasGivenWay = Niceness.TryGiveWay(thread);
        }

        // Also those that come while it runs are to be expected to be like it.
        if (!IsCold) App.Pace.Note(processorTime);
    }

    /// <summary>Notes what went wrong outside of the guest.</summary>
    public void Fail(FaultKind kind) => Fault = kind;

    // Not to be guessed, since clients are told; different in every run of the server.
    private static string MakeRequestId() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
        ? activity.TraceId.ToHexString()
        : (Seed ^ (ulong)Interlocked.Increment(ref s_count) * 0x9E3779B97F4A7C15).ToString("x16", CultureInfo.InvariantCulture);
}
