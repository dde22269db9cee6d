using System.Buffers;
using System.IO.Pipelines;
using Coffer.Capabilities.Files;
using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Guests;

/// <summary>
/// The body of a request, for a guest that reads it on its own thread. What has not arrived is waited for, and no more is taken
/// from the client than the guest reads.
/// </summary>
internal sealed class RequestBody : ReadyStream
{
    /// <summary>A declared body up to this length is waited for before the guest starts, so that no thread waits for it.</summary>
    public const int AwaitedBytes = 64 << 10;

    private readonly GuestCall call;
    private readonly bool hasBody;
    private Task<ReadResult>? pending;
    private bool isAtEnd;

    public RequestBody(GuestCall call)
    {
        this.call = call;
        hasBody = call.Context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        isAtEnd = !hasBody;
    }

    public override bool CanRead => true;

    public override bool CanWrite => false;

    /// <summary>Whether the guest can read all of it without waiting, as far as is known.</summary>
    public bool HasArrived { get; private set; }

    private PipeReader Reader => call.Context.Request.BodyReader;

    /// <summary>Waits for a short body. Nothing of it is copied: it stays in the buffers of the connection.</summary>
    /// <exception cref="BadHttpRequestException">What came is no body.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    public async ValueTask AwaitAsync()
    {
        if (hasBody)
        {
            if (call.Context.Request.ContentLength is not { } length || length > AwaitedBytes) return;
            var result = await Reader.ReadAtLeastAsync((int)length, call.Context.RequestAborted).ConfigureAwait(false);
            Reader.AdvanceTo(result.Buffer.Start);
        }

        HasArrived = true;
    }

    public override Errno TryRead(Span<byte> destination, out int read)
    {
        read = 0;
        if (isAtEnd || destination.IsEmpty) return Errno.Success;
        if (pending is null) pending = Begin();
        if (!pending.IsCompleted) return Errno.Again;
        var finished = pending;
        pending = null;
        return Take(finished, destination, out read);
    }

    public override Task WhenReadable()
    {
        if (isAtEnd) return Task.CompletedTask;
        pending ??= Begin();
        // Who waits for the next question must have been given the answer to the last.
        if (!pending.IsCompleted) call.Response.Send();
        return pending;
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var error = TryRead(buffer, out var read);
            if (error == Errno.Success) return read;
            if (error != Errno.Again) throw new IOException("The body of the request cannot be read.");
            WhenReadable().Wait();
        }
    }

    /// <summary>Gives up what is being waited for, when the guest has ended. Nothing may read it afterwards.</summary>
    public async ValueTask CompleteAsync()
    {
        if (pending is null) return;
        if (!pending.IsCompleted) Reader.CancelPendingRead();
        try
        {
            Reader.AdvanceTo((await pending.ConfigureAwait(false)).Buffer.Start);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or BadHttpRequestException or ConnectionAbortedException)
        {
            // The client has gone, which the answer finds out.
        }

        pending = null;
    }

    private Task<ReadResult> Begin()
    {
        try
        {
            return Reader.ReadAsync().AsTask();
        }
        catch (Exception exception) when (exception is BadHttpRequestException or IOException or InvalidOperationException)
        {
            return Task.FromException<ReadResult>(exception);
        }
    }

    private Errno Take(Task<ReadResult> finished, Span<byte> destination, out int read)
    {
        read = 0;
        ReadResult result;
        try
        {
            result = finished.GetAwaiter().GetResult();
        }
        catch (BadHttpRequestException exception)
        {
            call.Exceed(exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? FaultKind.RequestBody : FaultKind.ClientGone);
            return Errno.Io;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            return Errno.Io;
        }

        var buffer = result.Buffer;
        read = (int)Math.Min(buffer.Length, destination.Length);
        buffer.Slice(0, read).CopyTo(destination);
        Reader.AdvanceTo(buffer.GetPosition(read));
        isAtEnd = result.IsCompleted && read == buffer.Length;
        return read > 0 || isAtEnd ? Errno.Success : Errno.Again;
    }
}
