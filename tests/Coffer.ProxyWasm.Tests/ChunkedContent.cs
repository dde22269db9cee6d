using System.Net;

namespace Coffer.ProxyWasm.Tests;

/// <summary>A body of pieces that arrive one by one.</summary>
internal sealed class ChunkedContent(params string[] pieces) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var piece in pieces)
        {
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(piece));
            await stream.FlushAsync();
            await Task.Delay(100);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
