using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// The calls to upstreams of one filter in a VM. They are started while it is held, and what comes back is delivered to the root when
/// nobody is in it.
/// </summary>
internal sealed class OutstandingCalls(FilterRoot root)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, CancellationTokenSource> under = [];
    private readonly Dictionary<int, GrpcCall?> grpc = [];
    private readonly FilterVm vm = root.Vm;
    private bool isClosed;

    /// <summary>Whether an upstream can be called by this filter.</summary>
    public bool Knows(string upstream) =>
        vm.Host.Upstreams is { } upstreams && root.Options.Upstreams?.Contains(upstream) != false && upstreams.Knows(upstream);

    /// <summary>Sends a request; 0 when there are too many.</summary>
    public int Send(CallRequest request, TimeSpan timeout)
    {
        if (Begin(timeout) is not (var id and > 0, { } cancellation)) return 0;
        var stream = vm.Effective.IsRoot ? vm.DeliveringFor : vm.Effective;
        vm.Host.BeginDelivery();
        _ = Task.Run(() => SendAsync(id, request, stream, cancellation));
        return id;
    }

    /// <summary>Opens a call of gRPC and sends its first message, if there is one; 0 when there are too many.</summary>
    public int OpenGrpc(GrpcRequest request, byte[]? message, TimeSpan timeout)
    {
        if (Begin(timeout) is not (var id and > 0, { } cancellation)) return 0;
        var stream = vm.Effective.IsRoot ? vm.DeliveringFor : vm.Effective;
        lock (gate) grpc[id] = null;
        try
        {
            var call = vm.Host.Upstreams!.OpenGrpc(request, EventsOf(id, stream), cancellation.Token);
            lock (gate)
            {
                if (grpc.ContainsKey(id)) grpc[id] = call;
            }

            if (message is not null) call.TrySend(message, endOfStream: true);
            return id;
        }
        catch (NotSupportedException)
        {
            End(id);
            return 0;
        }
    }

    public ProxyStatus SendGrpc(int id, ReadOnlySpan<byte> message, bool endOfStream)
    {
        if (!TryFindGrpc(id, out var call)) return ProxyStatus.NotFound;
        return call!.TrySend(message, endOfStream) ? ProxyStatus.Ok : ProxyStatus.BadArgument;
    }

    public ProxyStatus CloseGrpc(int id)
    {
        if (!TryFindGrpc(id, out var call)) return ProxyStatus.NotFound;
        call!.Close();
        return ProxyStatus.Ok;
    }

    /// <summary>Ends a call; the filter hears no more of it.</summary>
    public ProxyStatus CancelGrpc(int id)
    {
        if (!TryFindGrpc(id, out var call)) return ProxyStatus.NotFound;
        End(id);
        call!.Cancel();
        return ProxyStatus.Ok;
    }

    public void CancelAll()
    {
        List<CancellationTokenSource> all;
        lock (gate)
        {
            isClosed = true;
            all = [.. under.Values];
        }

        foreach (var source in all) source.Cancel();
    }

    private (int, CancellationTokenSource?) Begin(TimeSpan timeout)
    {
        lock (gate)
        {
            if (isClosed || under.Count >= root.Options.MaximumCalls) return (0, null);
            int id;
            do id = vm.NextCallId();
            while (under.ContainsKey(id));
            var source = timeout == TimeSpan.Zero
                ? new CancellationTokenSource()
                : new CancellationTokenSource(timeout, vm.Host.Time);
            under.Add(id, source);
            return (id, source);
        }
    }

    private bool End(int id)
    {
        CancellationTokenSource? source;
        lock (gate)
        {
            if (!under.Remove(id, out source)) return false;
            grpc.Remove(id);
        }

        source.Dispose();
        return true;
    }

    private bool TryFindGrpc(int id, out GrpcCall? call)
    {
        lock (gate) return grpc.TryGetValue(id, out call) && call is not null;
    }

    private async Task SendAsync(int id, CallRequest request, FilterContext? stream, CancellationTokenSource cancellation)
    {
        try
        {
            var (response, failure) = await ReceiveAsync(request, cancellation.Token).ConfigureAwait(false);
            if (End(id) && !vm.HasFailed) await DeliverAsync(stream, vm => Deliver(vm, id, response, failure)).ConfigureAwait(false);
        }
        finally
        {
            vm.Host.EndDelivery();
        }
    }

    private async Task<(CallResponse? Response, string Failure)> ReceiveAsync(CallRequest request, CancellationToken cancellation)
    {
        try
        {
            return (await vm.Host.Upstreams!.SendAsync(request, cancellation).ConfigureAwait(false), "");
        }
        catch (Exception exception)
        {
            // Whatever it is, the filter is told that there is no response; it must hear of every call it made.
            return (null, exception is OperationCanceledException ? "timeout" : exception.Message);
        }
    }

    private void Deliver(FilterVm vm, int id, CallResponse? response, string failure)
    {
        var data = vm.Data;
        data.Headers = response?.Headers ?? new HeaderList();
        data.HeadersKind = MapKind.HttpCallResponseHeaders;
        data.Trailers = response?.Trailers ?? new HeaderList();
        data.Body = response?.Body ?? [];
        data.BodyKind = BufferKind.HttpCallResponseBody;
        data.Status = int.TryParse(response?.Headers.Find(":status"), out var status) ? status : 0;
        data.StatusMessage = failure;
        vm.Callbacks.HttpCallResponse?.Invoke(root.Context.Id, id, data.Headers.Count, data.Body.Length, data.Trailers.Count);
    }

    private GrpcEvents EventsOf(int id, FilterContext? stream) => new(
        headers => DeliverIfOpenAsync(id, stream, vm =>
        {
            vm.Data.Headers = headers;
            vm.Data.HeadersKind = MapKind.GrpcCallInitialMetadata;
            vm.Callbacks.GrpcInitialMetadata?.Invoke(root.Context.Id, id, headers.Count);
        }),
        message => DeliverIfOpenAsync(id, stream, vm =>
        {
            vm.Data.Body = message;
            vm.Data.BodyKind = BufferKind.GrpcCallMessage;
            vm.Callbacks.GrpcReceive?.Invoke(root.Context.Id, id, message.Length);
        }),
        trailers => DeliverIfOpenAsync(id, stream, vm =>
        {
            vm.Data.Headers = trailers;
            vm.Data.HeadersKind = MapKind.GrpcCallTrailingMetadata;
            vm.Callbacks.GrpcTrailingMetadata?.Invoke(root.Context.Id, id, trailers.Count);
        }),
        (status, message) => !End(id) ? Task.CompletedTask : DeliverAsync(stream, vm =>
        {
            vm.Data.Status = status;
            vm.Data.StatusMessage = message;
            vm.Callbacks.GrpcClose?.Invoke(root.Context.Id, id, status);
        }));

    private Task DeliverIfOpenAsync(int id, FilterContext? stream, Action<FilterVm> callback)
    {
        lock (gate)
        {
            if (!under.ContainsKey(id)) return Task.CompletedTask;
        }

        return DeliverAsync(stream, callback);
    }

    private Task DeliverAsync(FilterContext? stream, Action<FilterVm> callback) =>
        vm.DeliverAsync(root.Context, (stream, callback), static (_, context, state) =>
        {
            var vm = context.Root.Vm;
            vm.DeliveringFor = state.stream is { IsDeleted: false } ? state.stream : null;
            try
            {
                state.callback(vm);
            }
            finally
            {
                vm.DeliveringFor = null;
                vm.Data.Clear();
            }

            return 0;
        });
}
