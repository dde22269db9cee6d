using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Coffer.Capabilities.Files;
using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Guests;

/// <summary>
/// The body of an answer, as a guest writes it. What is short is kept until the guest has ended and is sent whole, with its
/// length; what is long, or was written a while ago, is sent while the guest goes on, which then waits for a slow client.
/// </summary>
internal sealed class ResponseSink(GuestCall call) : ReadyStream
{
    private const int KeptBytes = 16 << 10, WrittenAtOnce = 32 << 10;

    // A guest that writes byte by byte must not make a packet of each.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5), Stale = TimeSpan.FromMilliseconds(20);

    // The guest's thread writes, and the watch sends what it has left lying.
    private readonly Lock gate = new();
    private byte[]? kept;
    private int keptBytes;
    private long keptSince, sentAt, total;
    private bool isStarted, isSending, isDiscarded, isEnded;
    private Task<FlushResult>? pending;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    /// <summary>Whether a part of the answer is on its way to the client, so that there cannot be another.</summary>
    public bool HasBegun => call.Context.Response.HasStarted;

    /// <summary>Whether the guest has said with what status and headers the answer begins.</summary>
    public bool IsStarted => isStarted;

    /// <summary>Bytes of the body so far.</summary>
    public long Bytes => total;

    /// <summary>
    /// Begins the answer: its status and headers have been set in <see cref="GuestCall.Context"/>, whose headers are checked
    /// here.
    /// </summary>
    /// <exception cref="GuestFault">They contradict each other.</exception>
    public void Start()
    {
        var response = call.Context.Response;
        isDiscarded = response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            || HttpMethods.IsHead(call.Context.Request.Method);
        if (response.StatusCode is StatusCodes.Status204NoContent) response.ContentLength = null;
        if (response.StatusCode is StatusCodes.Status205ResetContent) response.ContentLength = 0;
        isStarted = true;
    }

    /// <summary>Called when the guest has written all that it will.</summary>
    /// <exception cref="GuestFault">It is less than it said.</exception>
    public void RequireWhole()
    {
        if (isDiscarded || call.Context.Response.ContentLength is not { } declared || total >= declared) return;
        throw new GuestFault(FaultKind.BadResponse, $"the answer has {total} of the {declared} bytes that its Content-Length says");
    }

    public override Errno TryWrite(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        lock (gate)
        {
            if (!isStarted || isEnded) return Errno.BrokenPipe;
            if (!TryEndSending(out var error)) return error;
            var piece = source[..Math.Min(source.Length, WrittenAtOnce)];
            error = Charge(piece.Length);
            if (error != Errno.Success) return error;
            written = piece.Length;
            if (isDiscarded) return Errno.Success;
            if (keptBytes + piece.Length > KeptBytes)
            {
                WriteKept();
                var isLong = piece.Length > KeptBytes / 2;
                if (isLong) call.Context.Response.BodyWriter.Write(piece);
                Transmit();
                if (isLong) return Errno.Success;
            }

            Keep(piece);
            if (isSending && Stopwatch.GetElapsedTime(sentAt) >= Interval && pending is null) SendKept();
            return Errno.Success;
        }
    }

    public override Task WhenWritable() => (Task?)pending ?? Task.CompletedTask;

    /// <summary>Sends what was kept, because the guest now waits for the client.</summary>
    public void Send()
    {
        lock (gate)
        {
            if (isStarted && !isEnded && pending is null) SendKept();
        }
    }

    /// <summary>Sends what was kept for too long. Called by the watch.</summary>
    public void SendStale()
    {
        if (Volatile.Read(ref keptSince) == 0) return;
        lock (gate)
        {
            if (keptSince == 0 || isEnded || Stopwatch.GetElapsedTime(keptSince) < Stale || !TryEndSending(out _)) return;
            SendKept();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var error = TryWrite(buffer, out var written);
            if (error == Errno.Again) WhenWritable().Wait();
            else if (error != Errno.Success) throw new IOException("The answer cannot be written.");
            buffer = buffer[written..];
        }
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    /// <summary>Ends the guest's part. Nothing may be written afterwards.</summary>
    public void End()
    {
        lock (gate) isEnded = true;
    }

    /// <summary>Sends the rest of an answer that the guest has completed.</summary>
    public async ValueTask CompleteAsync()
    {
        var response = call.Context.Response;
        try
        {
            if (pending is not null) await pending.ConfigureAwait(false);
            if (!isSending && !isDiscarded) response.ContentLength ??= keptBytes;
            if (keptBytes > 0) response.BodyWriter.Write(kept.AsSpan(0, keptBytes));
            // At the end the server sends the rest of an answer only where it has to end it by something, and not where its
            // length was said.
            if (isSending) await response.BodyWriter.FlushAsync(call.Context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Forgets what was not sent.</summary>
    public async ValueTask AbandonAsync()
    {
        try
        {
            if (pending is not null) await pending.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The connection ends anyway.
        }

        Release();
    }

    private void Release()
    {
        if (kept is not null) ArrayPool<byte>.Shared.Return(kept);
        kept = null;
        keptBytes = 0;
    }

    private Errno Charge(int length)
    {
        total += length;
        if (total > call.Limits.ResponseBodyBytes)
        {
            call.Exceed(FaultKind.ResponseBody);
            return Errno.FileTooBig;
        }

        if (call.Context.Response.ContentLength is not { } declared || total <= declared || isDiscarded) return Errno.Success;
        throw new GuestFault(FaultKind.BadResponse, $"the answer is longer than the {declared} bytes that its Content-Length says");
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        var needed = keptBytes + piece.Length;
        if (kept is null || kept.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(needed <= 1024 ? 1024 : KeptBytes);
            kept.AsSpan(0, keptBytes).CopyTo(larger);
            if (kept is not null) ArrayPool<byte>.Shared.Return(kept);
            kept = larger;
        }

        piece.CopyTo(kept.AsSpan(keptBytes));
        if (keptBytes == 0) Volatile.Write(ref keptSince, Stopwatch.GetTimestamp());
        keptBytes = needed;
    }

    private void SendKept()
    {
        WriteKept();
        Transmit();
    }

    private void WriteKept()
    {
        if (keptBytes > 0) call.Context.Response.BodyWriter.Write(kept.AsSpan(0, keptBytes));
        keptBytes = 0;
        Volatile.Write(ref keptSince, 0);
    }

    private void Transmit()
    {
        isSending = true;
        sentAt = Stopwatch.GetTimestamp();
        var flush = call.Context.Response.BodyWriter.FlushAsync(call.Context.RequestAborted);
        pending = flush.IsCompletedSuccessfully ? null : flush.AsTask();
    }

    private bool TryEndSending(out Errno error)
    {
        error = Errno.Success;
        if (pending is null) return true;
        error = Errno.Again;
        if (!pending.IsCompleted) return false;
        var failed = !pending.IsCompletedSuccessfully;
        pending = null;
        error = Errno.BrokenPipe;
        return !failed;
    }
}
