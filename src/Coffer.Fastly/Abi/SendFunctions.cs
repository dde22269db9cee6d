using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;
using Coffer.Fastly.Running;

namespace Coffer.Fastly.Abi;

/// <summary>Sending requests to backends, and waiting for their answers.</summary>
internal static class SendFunctions
{
    private const int MaximumName = 255;

    private enum Target
    {
        Any = 0,
        Response = 1,
        Error = 2,
    }

    public static void Define(HostFunctions host)
    {
        host.Is("send", (call, request, body, backend, length, responseTo, bodyTo) =>
            Send(call, request, body, backend, length, null, responseTo, bodyTo));
        host.Add("send_v2", 7, () => SendWithDetail());
        host.Add("send_v3", 7, () => SendWithDetail());
        host.Is("send_async", (call, request, body, backend, length, result) => SendLater(call, request, body, backend, length, isStreaming: false, result));
        host.Is("send_async_v2", (call, request, body, backend, length, isStreaming, result) =>
            SendLater(call, request, body, backend, length, isStreaming == 1, result));
        host.Is("send_async_streaming", (call, request, body, backend, length, result) =>
            SendLater(call, request, body, backend, length, isStreaming: true, result));
        host.Is("pending_req_poll", (call, handle, doneTo, responseTo, bodyTo) => Poll(call, handle, null, doneTo, responseTo, bodyTo));
        host.Is("pending_req_poll_v2", (call, handle, detail, doneTo, responseTo, bodyTo) => Poll(call, handle, detail, doneTo, responseTo, bodyTo));
        host.Is("pending_req_wait", (call, handle, responseTo, bodyTo) => Wait(call, handle, null, responseTo, bodyTo));
        host.Is("pending_req_wait_v2", (call, handle, detail, responseTo, bodyTo) => Wait(call, handle, detail, responseTo, bodyTo));
        host.Is("pending_req_select", (call, handles, count, indexTo, responseTo, bodyTo) => Select(call, handles, count, null, indexTo, responseTo, bodyTo));
        host.Is("pending_req_select_v2", (call, handles, count, detail, indexTo, responseTo, bodyTo) =>
            Select(call, handles, count, detail, indexTo, responseTo, bodyTo));
        host.Is("pending_req_header_insert", (call, handle, name, nameLength, value, valueLength, target) =>
        {
            var (key, bytes) = Field(call, name, nameLength, value, valueLength);
            return Change(call, handle, target, headers => headers.Set(key, bytes));
        });
        host.Is("pending_req_header_append", (call, handle, name, nameLength, value, valueLength, target) =>
        {
            var (key, bytes) = Field(call, name, nameLength, value, valueLength);
            return Change(call, handle, target, headers => headers.Append(key, bytes));
        });
        host.Is("pending_req_header_remove", (call, handle, name, nameLength, target) =>
        {
            var key = HeaderList.NameOf(call.Bytes(name, nameLength));
            return Change(call, handle, target, headers => headers.Remove(key));
        });
        host.Is("register_dynamic_backend", DynamicBackends.Register);
        // What would hand the connection of the client over to somebody else.
        host.IsUnsupported("upgrade_websocket", 2);
        host.IsUnsupported("redirect_to_websocket_proxy", 2);
        host.IsUnsupported("redirect_to_grip_proxy", 2);
        host.IsUnsupported("redirect_to_websocket_proxy_v2", 3);
        host.IsUnsupported("redirect_to_grip_proxy_v2", 3);
        host.Is("inspect", Inspect);
    }

    private static Delegate SendWithDetail() => (Caller caller, int request, int body, int backend, int length, int detail, int responseTo, int bodyTo) =>
    {
        try
        {
            return (int)Send(new HostCall(caller), request, body, backend, length, detail, responseTo, bodyTo);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    };

    /// <summary>Lets the handle of a body stand for the end that is written, and puts what will be written behind the body.</summary>
    public static void BeginStreaming(HostCall call, int handle, Body body)
    {
        var writer = new PipeBodyWriter(call.Session.Budget.MaximumTrailerBytes);
        body.PushBack(writer.Source);
        call.Handles.Replace(handle, writer);
    }

    private static PendingRequest Begin(HostCall call, int request, int body, int backend, int length, bool isStreaming)
    {
        var head = call.Handles.Get<RequestHead>(request);
        var content = call.Handles.Get<Body>(body);
        var name = call.Text(backend, length, MaximumName);
        if (call.Session.FindBackend(name) is not { } target)
        {
            call.Session.Log.Report($"the guest sends a request to the backend \"{name}\", which neither the configuration has nor the guest has registered");
            throw new StatusException(FastlyStatus.InvalidArgument);
        }

        call.Handles.RequireRoom(2);
        call.Handles.Take<RequestHead>(request);
        if (isStreaming) BeginStreaming(call, body, content);
        else call.Handles.Take<Body>(body);
        return call.Session.Send(head, content, target);
    }

    private static FastlyStatus Send(HostCall call, int request, int body, int backend, int length, int? detail, int responseTo, int bodyTo)
    {
        RequireDetail(call, detail);
        return Finish(call, Begin(call, request, body, backend, length, isStreaming: false), detail, responseTo, bodyTo);
    }

    private static FastlyStatus SendLater(HostCall call, int request, int body, int backend, int length, bool isStreaming, int result)
    {
        call.Write(result, HandleTable.Invalid);
        call.Write(result, call.Handles.Add(Begin(call, request, body, backend, length, isStreaming)));
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Poll(HostCall call, int handle, int? detail, int doneTo, int responseTo, int bodyTo)
    {
        var pending = call.Handles.Get<PendingRequest>(handle);
        RequireDetail(call, detail);
        call.Write(doneTo, pending.Response.IsCompleted);
        if (!pending.Response.IsCompleted)
        {
            call.Write(responseTo, HandleTable.Invalid);
            call.Write(bodyTo, HandleTable.Invalid);
            return FastlyStatus.Ok;
        }

        return Finish(call, call.Handles.Take<PendingRequest>(handle), detail, responseTo, bodyTo);
    }

    private static FastlyStatus Wait(HostCall call, int handle, int? detail, int responseTo, int bodyTo)
    {
        call.Handles.Get<PendingRequest>(handle);
        RequireDetail(call, detail);
        return Finish(call, call.Handles.Take<PendingRequest>(handle), detail, responseTo, bodyTo);
    }

    private static FastlyStatus Select(HostCall call, int handles, int count, int? detail, int indexTo, int responseTo, int bodyTo)
    {
        var numbers = call.Handles32(handles, count);
        if (numbers.Length == 0) return FastlyStatus.InvalidArgument;
        var tasks = new Task[numbers.Length];
        for (var i = 0; i < tasks.Length; i++) tasks[i] = call.Handles.Get<PendingRequest>((int)numbers[i]).Response;
        RequireDetail(call, detail);
        if (!Array.Exists(tasks, task => task.IsCompleted)) call.Session.Wait.ForAny(tasks, null);
        var index = Array.FindIndex(tasks, task => task.IsCompleted);
        call.Write(indexTo, index);
        var status = Finish(call, call.Handles.Take<PendingRequest>((int)numbers[index]), detail, responseTo, bodyTo);
        // Which one it was is told also where that one has failed; its handles are nobody's then.
        if (status == FastlyStatus.Ok) return status;
        call.Write(responseTo, HandleTable.Invalid);
        call.Write(bodyTo, HandleTable.Invalid);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Finish(HostCall call, PendingRequest pending, int? detail, int responseTo, int bodyTo)
    {
        try
        {
            var answer = call.Session.Wait.For(pending.Response);
            call.Handles.RequireRoom(2);
            WriteDetail(call, detail, SendErrorKind.Ok);
            call.Write(responseTo, call.Handles.Add(answer.Head));
            call.Write(bodyTo, call.Handles.Add(answer.Body));
            return FastlyStatus.Ok;
        }
        catch (SendException failure)
        {
            call.Session.Log.Report(failure.Message);
            WriteDetail(call, detail, failure.Kind);
            return failure.Status;
        }
        catch
        {
            pending.Dispose();
            throw;
        }
    }

    // Twenty bytes: what it was, which of the other fields are set (none), and they.
    private const int DetailSize = 20;

    private static void RequireDetail(HostCall call, int? detail)
    {
        if (detail is { } pointer) call.Room(pointer, DetailSize);
    }

    private static void WriteDetail(HostCall call, int? detail, SendErrorKind kind)
    {
        if (detail is not { } pointer) return;
        call.Room(pointer, DetailSize).Clear();
        call.Write(pointer, (int)kind);
    }

    private static (string Name, byte[] Value) Field(HostCall call, int name, int nameLength, int value, int valueLength)
    {
        var bytes = call.Bytes(value, valueLength).ToArray();
        return HeaderText.IsValue(bytes) ? (HeaderList.NameOf(call.Bytes(name, nameLength)), bytes) : throw new StatusException(FastlyStatus.Error);
    }

    private static FastlyStatus Change(HostCall call, int handle, int target, Action<HeaderList> change)
    {
        var pending = call.Handles.Get<PendingRequest>(handle);
        if ((uint)target > (uint)Target.Error) return FastlyStatus.InvalidArgument;
        const int maximum = 1000;
        if (pending.OnResponse.Count >= maximum || pending.OnError.Count >= maximum) return FastlyStatus.LimitExceeded;
        if ((Target)target is Target.Any or Target.Response) pending.OnResponse.Add(change);
        if ((Target)target is Target.Any or Target.Error) pending.OnError.Add(change);
        return FastlyStatus.Ok;
    }

    // The firewall that looks at requests is a service of its own. Here every request is let through, as in local tests.
    private static FastlyStatus Inspect(HostCall call, int request, int body, int mask, int info, int buffer, int length, int result)
    {
        const int corp = 2, workspace = 4, addressBit = 8;
        call.Handles.Get<RequestHead>(request);
        call.Handles.Get<Body>(body);
        if ((mask & (corp | workspace)) != (corp | workspace)) return FastlyStatus.InvalidArgument;
        for (var field = 0; field < 2; field++)
        {
            var size = (int)call.ReadU32(info + (field * 8) + 4);
            if (size == 0) return FastlyStatus.InvalidArgument;
            call.Text((int)call.ReadU32(info + (field * 8)), size);
        }

        if ((mask & addressBit) != 0 && call.ReadU32(info + 20) is not (0 or 4 or 16)) return FastlyStatus.InvalidArgument;
        var verdict = """{"waf_response":200,"redirect_url":"","tags":[],"verdict":"allow","decision_ms":0}"""u8;
        if (verdict.Length > (uint)length) return FastlyStatus.BufferLength;
        verdict.CopyTo(call.Room(buffer, verdict.Length));
        call.Write(result, verdict.Length);
        return FastlyStatus.Ok;
    }
}
