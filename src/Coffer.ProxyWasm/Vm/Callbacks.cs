namespace Coffer.ProxyWasm.Vm;

/// <summary>What a filter exports for the host to call. All of it is optional.</summary>
internal sealed class Callbacks
{
    public Callbacks(Instance instance)
    {
        Initialize = Find<Action>(instance, "_initialize");
        Main = Initialize is null ? null : Find<Func<int, int, int>>(instance, "main");
        Start = Initialize is null ? Find<Action>(instance, "_start") : null;
        Allocate = Find<Func<int, int>>(instance, "proxy_on_memory_allocate") ?? Find<Func<int, int>>(instance, "malloc");
        ContextCreate = Find<Action<int, int>>(instance, "proxy_on_context_create");
        Done = Find<Func<int, int>>(instance, "proxy_on_done");
        Log = Find<Action<int>>(instance, "proxy_on_log");
        Delete = Find<Action<int>>(instance, "proxy_on_delete");
        VmStart = Find<Func<int, int, int>>(instance, "proxy_on_vm_start");
        Configure = Find<Func<int, int, int>>(instance, "proxy_on_configure");
        Tick = Find<Action<int>>(instance, "proxy_on_tick");
        NewConnection = Find<Func<int, int>>(instance, "proxy_on_new_connection");
        DownstreamData = Find<Func<int, int, int, int>>(instance, "proxy_on_downstream_data");
        DownstreamClose = Find<Action<int, int>>(instance, "proxy_on_downstream_connection_close");
        UpstreamData = Find<Func<int, int, int, int>>(instance, "proxy_on_upstream_data");
        UpstreamClose = Find<Action<int, int>>(instance, "proxy_on_upstream_connection_close");
        RequestHeaders = FindHeaders(instance, "proxy_on_request_headers");
        RequestBody = Find<Func<int, int, int, int>>(instance, "proxy_on_request_body");
        RequestTrailers = Find<Func<int, int, int>>(instance, "proxy_on_request_trailers");
        ResponseHeaders = FindHeaders(instance, "proxy_on_response_headers");
        ResponseBody = Find<Func<int, int, int, int>>(instance, "proxy_on_response_body");
        ResponseTrailers = Find<Func<int, int, int>>(instance, "proxy_on_response_trailers");
        HttpCallResponse = Find<Action<int, int, int, int, int>>(instance, "proxy_on_http_call_response");
        GrpcInitialMetadata = Find<Action<int, int, int>>(instance, "proxy_on_grpc_receive_initial_metadata");
        GrpcReceive = Find<Action<int, int, int>>(instance, "proxy_on_grpc_receive");
        GrpcTrailingMetadata = Find<Action<int, int, int>>(instance, "proxy_on_grpc_receive_trailing_metadata");
        GrpcClose = Find<Action<int, int, int>>(instance, "proxy_on_grpc_close");
        QueueReady = Find<Action<int, int>>(instance, "proxy_on_queue_ready");
        ForeignFunction = Find<Action<int, int, int>>(instance, "proxy_on_foreign_function");
    }

    public Action? Initialize { get; }
    public Func<int, int, int>? Main { get; }
    public Action? Start { get; }
    public Func<int, int>? Allocate { get; }
    public Action<int, int>? ContextCreate { get; }
    public Func<int, int>? Done { get; }
    public Action<int>? Log { get; }
    public Action<int>? Delete { get; }
    public Func<int, int, int>? VmStart { get; }
    public Func<int, int, int>? Configure { get; }
    public Action<int>? Tick { get; }
    public Func<int, int>? NewConnection { get; }
    public Func<int, int, int, int>? DownstreamData { get; }
    public Action<int, int>? DownstreamClose { get; }
    public Func<int, int, int, int>? UpstreamData { get; }
    public Action<int, int>? UpstreamClose { get; }
    public Func<int, int, int, int>? RequestHeaders { get; }
    public Func<int, int, int, int>? RequestBody { get; }
    public Func<int, int, int>? RequestTrailers { get; }
    public Func<int, int, int, int>? ResponseHeaders { get; }
    public Func<int, int, int, int>? ResponseBody { get; }
    public Func<int, int, int>? ResponseTrailers { get; }
    public Action<int, int, int, int, int>? HttpCallResponse { get; }
    public Action<int, int, int>? GrpcInitialMetadata { get; }
    public Action<int, int, int>? GrpcReceive { get; }
    public Action<int, int, int>? GrpcTrailingMetadata { get; }
    public Action<int, int, int>? GrpcClose { get; }
    public Action<int, int>? QueueReady { get; }
    public Action<int, int, int>? ForeignFunction { get; }

    // In 0.1.0 there was no end_of_stream. Some modules of that version have it even so: what counts is the type.
    private static Func<int, int, int, int>? FindHeaders(Instance instance, string name)
    {
        if (instance.FindFunction(name) is not { FunctionType.Parameters.Length: 2 }) return Find<Func<int, int, int, int>>(instance, name);
        return Find<Func<int, int, int>>(instance, name) is { } older ? (context, count, _) => older(context, count) : null;
    }

    private static TDelegate? Find<TDelegate>(Instance instance, string name) where TDelegate : Delegate
    {
        if (instance.FindFunction(name) is not { } function) return null;
        try
        {
            return function.CreateDelegate<TDelegate>();
        }
        catch (ArgumentException exception)
        {
            throw new FilterException(
                $"{instance.Module.Name} exports {name} with a type that is not the ABI's: {function.FunctionType}", exception);
        }
    }
}
