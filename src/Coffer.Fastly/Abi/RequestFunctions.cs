using System.Text;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Abi;

/// <summary>Requests: that of the client, and those that the guest makes.</summary>
internal static class RequestFunctions
{
    private const int PassTag = 1, KnownTags = 0b1111, GzipEncoding = 1;
    private const int LargestVersion = (int)GuestHttpVersion.Http3;

    public static void Define(HostFunctions host)
    {
        host.Is("body_downstream_get", (call, requestTo, bodyTo) =>
        {
            call.Write(requestTo, call.Session.RequestHandle);
            call.Write(bodyTo, call.Session.BodyHandle);
            return FastlyStatus.Ok;
        });
        host.Is("new", (call, result) =>
        {
            call.Write(result, call.Handles.Add(call.Session.NewRequest()));
            return FastlyStatus.Ok;
        });
        host.Is("close", (call, handle) =>
        {
            call.Handles.Take<RequestHead>(handle);
            return FastlyStatus.Ok;
        });
        HeaderFunctions.Define(host, static (call, handle) => call.Handles.Get<RequestHead>(handle).Headers);
        host.Is("method_get", (call, handle, buffer, length, writtenTo) => call.Give(call.Handles.Get<RequestHead>(handle).Method, buffer, length, writtenTo));
        host.Is("method_set", (call, handle, method, length) =>
        {
            var head = call.Handles.Get<RequestHead>(handle);
            var bytes = call.Bytes(method, length);
            if (bytes.Length > 255 || !HeaderText.IsToken(bytes)) return FastlyStatus.Error;
            head.Method = Encoding.ASCII.GetString(bytes);
            return FastlyStatus.Ok;
        });
        host.Is("uri_get", (call, handle, buffer, length, writtenTo) => call.Give(call.Handles.Get<RequestHead>(handle).Uri, buffer, length, writtenTo));
        host.Is("uri_set", (call, handle, uri, length) =>
        {
            var head = call.Handles.Get<RequestHead>(handle);
            var bytes = call.Bytes(uri, length);
            if (!GuestUri.IsValid(bytes)) return FastlyStatus.Error;
            head.Uri = Encoding.UTF8.GetString(bytes);
            return FastlyStatus.Ok;
        });
        host.Is("version_get", (call, handle, result) =>
        {
            call.Write(result, (int)call.Handles.Get<RequestHead>(handle).Version);
            return FastlyStatus.Ok;
        });
        host.Is("version_set", (call, handle, version) =>
        {
            var head = call.Handles.Get<RequestHead>(handle);
            if ((uint)version > LargestVersion) return FastlyStatus.InvalidArgument;
            head.Version = (GuestHttpVersion)version;
            return FastlyStatus.Ok;
        });
        host.Is("framing_headers_mode_set", (call, handle, mode) =>
        {
            var head = call.Handles.Get<RequestHead>(handle);
            if (mode is not (0 or 1)) return FastlyStatus.InvalidArgument;
            head.HasManualFraming = mode == 1;
            return FastlyStatus.Ok;
        });
        host.Is("auto_decompress_response_set", (call, handle, encodings) =>
        {
            var head = call.Handles.Get<RequestHead>(handle);
            if ((encodings & ~GzipEncoding) != 0) return FastlyStatus.InvalidArgument;
            head.DecompressesGzip = (encodings & GzipEncoding) != 0;
            return FastlyStatus.Ok;
        });
        host.Is("cache_override_set", (call, handle, tag, _, _) => OverrideCache(call, handle, tag));
        host.Is("cache_override_v2_set", (call, handle, tag, _, _, keys, keysLength) =>
            HeaderText.IsValue(call.Bytes(keys, keysLength)) ? OverrideCache(call, handle, tag) : FastlyStatus.InvalidArgument);
        host.Is("on_behalf_of", (call, handle, service, length) =>
        {
            call.Handles.Get<RequestHead>(handle);
            call.Text(service, length);
            return FastlyStatus.Unsupported;
        });
    }

    // There is no cache between a guest and its backends here, so that what is said of it has only to be right.
    private static FastlyStatus OverrideCache(HostCall call, int handle, int tag)
    {
        var head = call.Handles.Get<RequestHead>(handle);
        if ((tag & ~KnownTags) != 0) return FastlyStatus.InvalidArgument;
        head.IsPass = (tag & PassTag) != 0;
        return FastlyStatus.Ok;
    }
}
