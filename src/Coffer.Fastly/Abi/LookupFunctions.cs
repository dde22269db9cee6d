using System.Net;
using System.Text.Json;
using Coffer.Fastly.Configuration;
using Coffer.Fastly.Messages;
using Coffer.Fastly.Running;

namespace Coffer.Fastly.Abi;

/// <summary>Tables: of places by address, of devices by user agent, of access by address.</summary>
internal static class LookupFunctions
{
    private const int MaximumName = 1024, MaximumUserAgent = 64 << 10;

    private enum AclError
    {
        Uninitialized = 0,
        Ok = 1,
        NoContent = 2,
    }

    public static void DefineGeo(HostFunctions host) => host.Is("lookup", (call, address, addressLength, buffer, length, writtenTo) =>
        call.Give(call.Session.Application.Configuration.Geolocation.Find(AddressOf(call, address, addressLength)) ?? "", buffer, length, writtenTo));

    public static void DefineDevices(HostFunctions host) => host.Is("lookup", (call, userAgent, userAgentLength, buffer, length, writtenTo) =>
    {
        var text = call.Text(userAgent, userAgentLength, MaximumUserAgent);
        return call.Session.Application.Configuration.Devices.TryGetValue(text, out var device)
            ? call.Give(device, buffer, length, writtenTo)
            : FastlyStatus.None;
    });

    public static void DefineAcl(HostFunctions host)
    {
        host.Is("open", (call, name, nameLength, result) =>
        {
            var text = call.Text(name, nameLength, MaximumName);
            if (!call.Session.Application.Configuration.Acls.TryGetValue(text, out var acl)) return FastlyStatus.None;
            call.Write(result, call.Session.Open("acl", text, acl));
            return FastlyStatus.Ok;
        });
        host.Is("lookup", (call, handle, address, addressLength, bodyTo, errorTo) =>
        {
            var acl = call.Handles.Get<AccessList>(handle);
            var entry = acl.Find(AddressOf(call, address, addressLength));
            if (entry is null)
            {
                call.Write(errorTo, (int)AclError.NoContent);
                return FastlyStatus.Ok;
            }

            call.Write(bodyTo, HandleTable.Invalid);
            var json = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["prefix"] = entry.Prefix, ["action"] = entry.Action });
            call.Write(bodyTo, call.Handles.Add(Body.Of(call.Session.Budget, json)));
            call.Write(errorTo, (int)AclError.Ok);
            return FastlyStatus.Ok;
        });
    }

    public static void DefineUserAgents(HostFunctions host) => host.IsUnsupported("parse", 14);

    private static IPAddress AddressOf(HostCall call, int address, int length)
    {
        if (length is not (4 or 16)) throw new StatusException(FastlyStatus.InvalidArgument);
        return new IPAddress(call.Bytes(address, length));
    }
}
