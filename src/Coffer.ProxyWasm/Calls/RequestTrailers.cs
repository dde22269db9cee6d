using System.Net;
using System.Text;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Calls;

/// <summary>
/// Trailers of requests over HTTP/1.1. The platform's client has none: when a body of unknown length has ended it writes the last
/// chunk by itself, with no trailers behind it. That chunk is written within the flow of its request and, as the body is flushed
/// before, alone; so the stream below the client can put the trailers into it. Where it is not found, nothing is changed and the
/// trailers are left out, as without this. Over HTTP/2 they are left out always.
/// </summary>
public static class RequestTrailers
{
    // A body that is sent with trailers, as seen by the stream of its connection.
    private static readonly AsyncLocal<TrailedContent?> Sending = new();

    /// <summary>Where a request says its trailers; asked when its body has ended.</summary>
    public static readonly HttpRequestOptionsKey<Func<IReadOnlyList<KeyValuePair<string, string>>>> Key = new("coffer.trailers");

    /// <summary>Lets a handler send the trailers of the requests that have <see cref="Key"/>.</summary>
    /// <param name="handler">The handler, not yet used; its <see cref="SocketsHttpHandler.PlaintextStreamFilter"/> is taken.</param>
    /// <param name="wrapped">What is around the handler; null for itself.</param>
    /// <returns>What is to be used in its place.</returns>
    public static HttpMessageHandler Enable(SocketsHttpHandler handler, HttpMessageHandler? wrapped = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        handler.PlaintextStreamFilter = static (context, _) => new(
            context.NegotiatedHttpVersion.Major == 1 ? new ConnectionStream(context.PlaintextStream) : context.PlaintextStream);
        return new TrailersHandler(wrapped ?? handler);
    }

    private sealed class TrailersHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content && request.Options.TryGetValue(Key, out var trailers))
            {
                var trailed = new TrailedContent(content, trailers);
                request.Content = trailed;
                // Until this method ends, in the flow of this request alone.
                Sending.Value = trailed;
            }

            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A body behind which there are trailers.</summary>
    private sealed class TrailedContent : HttpContent
    {
        private readonly HttpContent content;
        private readonly Func<IReadOnlyList<KeyValuePair<string, string>>> trailers;
        private readonly long? known;
        private byte[]? end;

        public TrailedContent(HttpContent content, Func<IReadOnlyList<KeyValuePair<string, string>>> trailers)
        {
            this.content = content;
            this.trailers = trailers;
            known = content.Headers.ContentLength;
            foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
        }

        /// <summary>The last chunk with the trailers, once, when the body has ended and there are any.</summary>
        public byte[]? TakeEnd() => Interlocked.Exchange(ref end, null);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await content.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
            if (LastChunk() is not { } chunk) return;
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref end, chunk);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = known ?? 0;
            return known is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) content.Dispose();
            base.Dispose(disposing);
        }

        private byte[]? LastChunk()
        {
            var text = new StringBuilder("0\r\n");
            foreach (var (name, value) in trailers())
            {
                if (UpstreamHeaders.IsOfMessage(name, value)) text.Append(name).Append(": ").Append(value).Append("\r\n");
            }

            return text.Length == 3 ? null : Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
        }
    }

    /// <summary>A connection, into whose last chunks trailers are put.</summary>
    private sealed class ConnectionStream(Stream inner) : Stream
    {
        public override bool CanRead => inner.CanRead;
        public override bool CanSeek => false;
        public override bool CanWrite => inner.CanWrite;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(
                buffer.Span.SequenceEqual("0\r\n\r\n"u8) && Sending.Value?.TakeEnd() is { } end ? end : buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            inner.ReadAsync(buffer, offset, count, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
