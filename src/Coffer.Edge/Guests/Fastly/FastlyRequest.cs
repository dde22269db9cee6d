using System.Net;
using Coffer.Capabilities.Files;
using Coffer.Fastly;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Guests.Fastly;

/// <summary>A request of the server as programs for Fastly see it.</summary>
internal sealed class FastlyRequest(GuestCall call) : DownstreamRequest, IDisposable
{
    private const int RequestIdLength = 32;
    private readonly BodyStream body = new(call.Body);

    public override string Method => call.Context.Request.Method;

    public override string Uri
    {
        get
        {
            var request = call.Context.Request;
            var target = call.Context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/";
            // What the client sent as an absolute URL names another host than the header at most.
            if (!target.StartsWith('/')) target = $"{request.Path}{request.QueryString}";
            return $"{request.Scheme}://{(request.Host.HasValue ? request.Host.Value : "localhost")}{target}";
        }
    }

    public override Version Version => call.Context.Request.Protocol switch
    {
        "HTTP/3" => HttpVersion.Version30,
        "HTTP/2" => HttpVersion.Version20,
        "HTTP/1.0" => HttpVersion.Version10,
        _ => HttpVersion.Version11,
    };

    public override IEnumerable<KeyValuePair<string, string>> Headers
    {
        get
        {
            foreach (var (name, values) in call.Context.Request.Headers)
            {
                foreach (var value in values) yield return new(name, value ?? "");
            }
        }
    }

    public override Stream Body => body;

    public override long? BodyLength =>
        call.Context.Request.ContentLength ?? (call.Context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false ? 0 : null);

    public override IEnumerable<KeyValuePair<string, string>> Trailers
    {
        get
        {
            if (call.Context.Features.Get<IHttpRequestTrailersFeature>() is not { Available: true } feature) yield break;
            foreach (var (name, values) in feature.Trailers)
            {
                foreach (var value in values) yield return new(name, value ?? "");
            }
        }
    }

    public override IPAddress ClientAddress => call.Context.Connection.RemoteIpAddress ?? IPAddress.None;

    public override IPAddress ServerAddress => call.Context.Connection.LocalIpAddress ?? IPAddress.None;

    public override string RequestId => call.RequestId.PadLeft(RequestIdLength, '0');

    public override DownstreamTls? Tls
    {
        get
        {
            if (call.Context.Features.Get<ITlsHandshakeFeature>() is not { } handshake) return null;
            var protocol = handshake.Protocol switch
            {
                System.Security.Authentication.SslProtocols.Tls13 => "TLSv1.3",
                System.Security.Authentication.SslProtocols.Tls12 => "TLSv1.2",
                var other => other.ToString(),
            };
            ReadOnlyMemory<byte>? certificate = call.Context.Connection.ClientCertificate is { } shown ? shown.RawDataMemory : null;
            return new DownstreamTls(protocol, handshake.NegotiatedCipherSuite?.ToString(), handshake.HostName is { Length: > 0 } name ? name : null, certificate);
        }
    }

    /// <summary>
    /// The request is over. What is read of its body from now on fails: a request that the guest has sent on with it and does
    /// not wait for goes on after it, when the connection brings the next request.
    /// </summary>
    public void Dispose() => body.Dispose();

    /// <summary>The body for who does not block.</summary>
    private sealed class BodyStream(RequestBody body) : Stream
    {
        private readonly Lock gate = new();
        private bool isOver;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                Task ready;
                lock (gate)
                {
                    if (isOver) throw new IOException("The request is over, and its body cannot be read any more.");
                    var error = body.TryRead(buffer.Span, out var read);
                    if (error == Errno.Success) return read;
                    if (error != Errno.Again) throw new IOException("The body of the request cannot be read.");
                    ready = body.WhenReadable();
                }

                await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Close()
        {
            lock (gate) isOver = true;
            base.Close();
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
