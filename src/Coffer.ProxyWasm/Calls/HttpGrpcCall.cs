using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Calls;

/// <summary>
/// A call of gRPC over HTTP/2: messages are a byte (0, as none is compressed), their length in big-endian order, and their
/// bytes; the status is in the trailers.
/// </summary>
internal sealed class HttpGrpcCall : GrpcCall
{
    private const int Prefix = 5, MaximumMessage = 16 << 20, MaximumQueue = 64;
    private const int Cancelled = 1, DeadlineExceeded = 4, Internal = 13, Unavailable = 14;

    private readonly Channel<byte[]> messages = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaximumQueue) { SingleReader = true });
    private readonly GrpcEvents events;
    private readonly CancellationToken timeout;
    private readonly CancellationTokenSource cancellation;

    public HttpGrpcCall(
        HttpMessageInvoker invoker, Uri url, IReadOnlyList<KeyValuePair<string, string>> metadata, GrpcEvents events, CancellationToken timeout)
    {
        this.events = events;
        this.timeout = timeout;
        cancellation = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        _ = Task.Run(() => RunAsync(invoker, url, metadata), CancellationToken.None);
    }

    public override bool TrySend(ReadOnlySpan<byte> message, bool endOfStream)
    {
        if (message.Length > MaximumMessage) return false;
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(Prefix));
        var isSent = messages.Writer.TryWrite(framed);
        if (endOfStream) Close();
        return isSent;
    }

    public override void Close() => messages.Writer.TryComplete();

    public override void Cancel()
    {
        Close();
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private async Task RunAsync(HttpMessageInvoker invoker, Uri url, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var (status, text) = (Internal, "");
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new MessageContent(messages.Reader),
            };
            message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
            UpstreamHeaders.CopyTo(metadata, message);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            using var response = await invoker.SendAsync(message, cancellation.Token).ConfigureAwait(false);
            (status, text) = await ReceiveAsync(response).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            (status, text) = timeout.IsCancellationRequested ? (DeadlineExceeded, "timeout") : (Cancelled, "cancelled");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException)
        {
            (status, text) = (Unavailable, exception.Message);
        }

        Close();
        await events.Closed(status, text).ConfigureAwait(false);
        cancellation.Dispose();
    }

    private async Task<(int, string)> ReceiveAsync(HttpResponseMessage response)
    {
        var initial = new HeaderList();
        UpstreamHeaders.Copy(response.Headers, initial);
        UpstreamHeaders.Copy(response.Content.Headers, initial);
        if (response.StatusCode != HttpStatusCode.OK) return (Unavailable, $"HTTP status {(int)response.StatusCode}");
        if (response.Headers.NonValidated.Contains("grpc-status")) return StatusOf(response.Headers);
        await events.InitialMetadata(initial).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellation.Token).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var prefix = new byte[Prefix];
            while (await stream.ReadAtLeastAsync(prefix, Prefix, throwOnEndOfStream: false, cancellation.Token).ConfigureAwait(false) is var count and > 0)
            {
                if (count < Prefix) throw new InvalidDataException("The response ends within a message.");
                var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
                if (prefix[0] != 0 || length > MaximumMessage) throw new InvalidDataException("A message is compressed, or longer than may be.");
                var message = new byte[length];
                await stream.ReadExactlyAsync(message, cancellation.Token).ConfigureAwait(false);
                await events.Message(message).ConfigureAwait(false);
            }
        }

        var trailers = new HeaderList();
        UpstreamHeaders.Copy(response.TrailingHeaders, trailers);
        await events.TrailingMetadata(trailers).ConfigureAwait(false);
        return StatusOf(response.TrailingHeaders);
    }

    private static (int, string) StatusOf(HttpHeaders headers)
    {
        var code = headers.NonValidated.TryGetValues("grpc-status", out var status)
            && int.TryParse(status.ToString(), CultureInfo.InvariantCulture, out var number) ? number : Internal;
        return (code, headers.NonValidated.TryGetValues("grpc-message", out var text) ? Uri.UnescapeDataString(text.ToString()) : "");
    }

    private sealed class MessageContent(ChannelReader<byte[]> messages) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // The headers go out before the first message, which may depend on what comes back.
            await stream.FlushAsync().ConfigureAwait(false);
            await foreach (var message in messages.ReadAllAsync().ConfigureAwait(false))
            {
                await stream.WriteAsync(message).ConfigureAwait(false);
                await stream.FlushAsync().ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
