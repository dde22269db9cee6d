using Coffer.Fastly.Abi;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Running;

/// <summary>One run of a guest: what it has handles of, what it has used up, and where its response goes. Its thread alone uses it.</summary>
internal sealed class FastlySession : IDisposable
{
    private readonly Dictionary<string, uint> opened = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Backend> dynamicBackends = new(StringComparer.Ordinal);
    private readonly long started;
    private int subrequests;

    public FastlySession(FastlyApplication application, Store store, DownstreamRequest request, DownstreamResponse response, FastlyLog log, CancellationToken cancellation)
    {
        Application = application;
        Store = store;
        Cancellation = cancellation;
        Limits = application.Limits;
        Handles = new HandleTable(Limits.Handles);
        Budget = new BufferedBytes(Limits.BufferedBodyBytes, Limits.HeaderBytes);
        Wait = new GuestWait(store, application.Services.Time);
        Log = new SessionLog(log, Limits.LogBytes);
        Reply = new DownstreamReply(response, Limits, log, cancellation);
        started = application.Services.Time.GetTimestamp();
        Request = HeadOf(request);
        RequestHandle = (int)Handles.Add(Request);
        BodyHandle = (int)Handles.Add(BodyOf(request));
    }

    public FastlyApplication Application { get; }

    public Store Store { get; }

    public FastlyLimits Limits { get; }

    public CancellationToken Cancellation { get; }

    public HandleTable Handles { get; }

    public BufferedBytes Budget { get; }

    public GuestWait Wait { get; }

    public SessionLog Log { get; }

    public DownstreamReply Reply { get; }

    /// <summary>The request of the client, whatever has become of its handle.</summary>
    public RequestHead Request { get; }

    /// <summary>The handles of the request of the client, which stay its handles when they are closed.</summary>
    public int RequestHandle { get; }

    /// <inheritdoc cref="RequestHandle"/>
    public int BodyHandle { get; }

    /// <summary>How long the guest has computed.</summary>
    public TimeSpan Computed => Application.Services.Time.GetElapsedTime(started) - Wait.Total;

    public ResponseHead NewResponse() => new(Limits.HeaderBytes);

    public RequestHead NewRequest() => new(Limits.HeaderBytes);

    public Body NewBody() => new(Budget);

    /// <summary>A handle of something that is opened by its name: the same for the same name.</summary>
    public uint Open<T>(string kind, string name, T item) where T : class
    {
        var key = $"{kind}/{name}";
        if (opened.TryGetValue(key, out var known)) return known;
        return opened[key] = Handles.Add(item);
    }

    public Backend? FindBackend(string name) =>
        Application.Configuration.Backends.GetValueOrDefault(name) ?? dynamicBackends.GetValueOrDefault(name);

    /// <summary>Adds a backend of the guest's; false when there is one of that name.</summary>
    public bool TryAdd(Backend backend)
    {
        if (FindBackend(backend.Name) is not null) return false;
        if (dynamicBackends.Count >= Limits.DynamicBackends) throw new StatusException(FastlyStatus.LimitExceeded);
        dynamicBackends.Add(backend.Name, backend);
        return true;
    }

    /// <summary>Sends a request, whose answer is waited for later.</summary>
    public PendingRequest Send(RequestHead head, Body body, Backend backend)
    {
        if (subrequests >= Limits.Subrequests)
        {
            body.Dispose();
            Log.Report($"the guest may send {Limits.Subrequests} requests to backends (Subrequests)");
            throw new StatusException(FastlyStatus.LimitExceeded);
        }

        subrequests++;
        return new PendingRequest(Application.Client.SendAsync(backend, head, body, Limits, Budget, CancellationToken.None));
    }

    private RequestHead HeadOf(DownstreamRequest request)
    {
        var headers = new HeaderList(Limits.HeaderBytes);
        if (!headers.AddAll(request.Headers)) Log.Report($"the headers of the request are longer than {Limits.HeaderBytes} bytes (HeaderBytes); the guest sees some of them");
        return new RequestHead(Limits.HeaderBytes)
        {
            Method = request.Method,
            Uri = request.Uri,
            Version = request.Version.Major switch
            {
                3 => GuestHttpVersion.Http3,
                2 => GuestHttpVersion.Http2,
                1 when request.Version.Minor == 0 => GuestHttpVersion.Http10,
                1 => GuestHttpVersion.Http11,
                _ => GuestHttpVersion.Http09,
            },
            Headers = headers,
            Downstream = request,
            OriginalHeaders = headers.Clone(),
        };
    }

    private Body BodyOf(DownstreamRequest request)
    {
        if (request.BodyLength == 0) return NewBody();
        return Body.Of(Budget, new BodySource(request.Body, request.BodyLength)
        {
            MaximumBytes = Limits.RequestBodyBytes,
            Trailers = () =>
            {
                var trailers = new HeaderList(Limits.HeaderBytes);
                trailers.AddAll(request.Trailers);
                return trailers.Fields;
            },
        });
    }

    public void Dispose() => Handles.DisposeAll();
}
