using System.Net;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Backends;

/// <summary>A body as the client of HTTP sends it: as it comes, without keeping it.</summary>
internal sealed class BodyContent(Body body, long? length) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The answer may come before all was sent, so that it is here that the body ends.
        using var _ = body;
        while (true)
        {
            var ready = body.WhenReadable();
            // What was written should not lie in a buffer while the guest thinks.
            if (!ready.IsCompleted) await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
            var bytes = body.Peek();
            if (bytes.IsEmpty) return;
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            body.Advance(bytes.Length);
        }
    }

    protected override bool TryComputeLength(out long result)
    {
        result = length ?? 0;
        return length is not null;
    }
}
