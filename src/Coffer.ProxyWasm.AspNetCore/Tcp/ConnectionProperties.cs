using System.Net;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Tcp;

/// <summary>The properties of a connection, by Envoy's paths.</summary>
internal sealed class ConnectionProperties(ConnectionContext connection, HostProperties host) : StreamProperties
{
    protected override byte[]? Find(string path) => path switch
    {
        "source.address" => Text(connection.RemoteEndPoint?.ToString()),
        "source.port" => Port(connection.RemoteEndPoint),
        "destination.address" => Text(connection.LocalEndPoint?.ToString()),
        "destination.port" => Port(connection.LocalEndPoint),
        "connection.mtls" => Truth(connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not null),
        "connection.requested_server_name" => Text(connection.Features.Get<ITlsHandshakeFeature>()?.HostName),
        _ => Text(host.Values.GetValueOrDefault(path)),
    };

    private static byte[]? Port(EndPoint? end) => end is IPEndPoint address ? Number(address.Port) : null;
}
