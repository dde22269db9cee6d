using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Abi;

/// <summary>Responses: those of backends, and the one to the client.</summary>
internal static class ResponseFunctions
{
    private const int EarlyHints = 103;
    private const int LargestVersion = (int)GuestHttpVersion.Http3;

    public static void Define(HostFunctions host)
    {
        host.Is("new", (call, result) =>
        {
            call.Write(result, call.Handles.Add(call.Session.NewResponse()));
            return FastlyStatus.Ok;
        });
        host.Is("close", (call, handle) =>
        {
            call.Handles.Take<ResponseHead>(handle);
            return FastlyStatus.Ok;
        });
        HeaderFunctions.Define(host, static (call, handle) => call.Handles.Get<ResponseHead>(handle).Headers);
        host.Is("version_get", (call, handle, result) =>
        {
            call.Write(result, (int)call.Handles.Get<ResponseHead>(handle).Version);
            return FastlyStatus.Ok;
        });
        host.Is("version_set", (call, handle, version) =>
        {
            var head = call.Handles.Get<ResponseHead>(handle);
            if ((uint)version > LargestVersion) return FastlyStatus.InvalidArgument;
            head.Version = (GuestHttpVersion)version;
            return FastlyStatus.Ok;
        });
        host.Is("status_get", (call, handle, result) =>
        {
            call.Write(result, (ushort)call.Handles.Get<ResponseHead>(handle).Status);
            return FastlyStatus.Ok;
        });
        host.Is("status_set", (call, handle, status) =>
        {
            var head = call.Handles.Get<ResponseHead>(handle);
            if (status is < 100 or > 999) return FastlyStatus.InvalidArgument;
            head.Status = status;
            return FastlyStatus.Ok;
        });
        host.Is("framing_headers_mode_set", (call, handle, mode) =>
        {
            var head = call.Handles.Get<ResponseHead>(handle);
            if (mode is not (0 or 1)) return FastlyStatus.InvalidArgument;
            head.HasManualFraming = mode == 1;
            return FastlyStatus.Ok;
        });
        host.Is("http_keepalive_mode_set", (call, handle, mode) =>
        {
            call.Handles.Get<ResponseHead>(handle);
            // The connection of the client is the server's.
            return mode switch
            {
                0 => FastlyStatus.Ok,
                1 => FastlyStatus.Unsupported,
                _ => FastlyStatus.InvalidArgument,
            };
        });
        // The address of the backend is told only where all caches were passed, and then a host need not know it.
        host.Is("get_addr_dest_ip", (call, handle, _, _) =>
        {
            call.Handles.Get<ResponseHead>(handle);
            return FastlyStatus.None;
        });
        host.Is("get_addr_dest_port", (call, handle, _) =>
        {
            call.Handles.Get<ResponseHead>(handle);
            return FastlyStatus.None;
        });
        host.Is("send_downstream", SendDownstream);
        host.Is("send_downstream_pending", (call, handle) =>
        {
            var session = call.Session;
            call.Handles.Get<PendingRequest>(handle);
            if (session.Reply.IsDecided) return FastlyStatus.Error;
            session.Reply.Send(call.Handles.Take<PendingRequest>(handle));
            return FastlyStatus.Ok;
        });
    }

    private static FastlyStatus SendDownstream(HostCall call, int response, int body, int isStreaming)
    {
        var session = call.Session;
        var head = call.Handles.Get<ResponseHead>(response);
        var content = call.Handles.Get<Body>(body);
        if (session.Reply.IsDecided) return FastlyStatus.Error;
        if (head.Status is >= 100 and < 200 and not EarlyHints) return FastlyStatus.InvalidArgument;
        call.Handles.Take<ResponseHead>(response);
        if (head.Status == EarlyHints)
        {
            call.Handles.Take<Body>(body).Dispose();
            return session.Reply.SendEarlyHints(head, session.Wait);
        }

        if (isStreaming == 1) SendFunctions.BeginStreaming(call, body, content);
        else call.Handles.Take<Body>(body);
        session.Reply.Send(head, content);
        return FastlyStatus.Ok;
    }
}
