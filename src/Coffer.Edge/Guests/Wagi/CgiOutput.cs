using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>
/// What a program writes to its standard output: a block of headers, an empty line, and the body (RFC 3875, section 6).
/// </summary>
internal sealed class CgiOutput(GuestCall call) : ReadyStream
{
    private const int TakenAtOnce = 8 << 10;
    private byte[] block = [];
    private int length, searched;
    private bool hasBlock;
    private GuestFault? fault;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override Errno TryWrite(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        if (fault is not null) return Errno.BrokenPipe;
        try
        {
            if (hasBlock) return call.Response.TryWrite(source, out written);
            written = Math.Min(source.Length, TakenAtOnce);
            return TakeBlock(source[..written]);
        }
        catch (GuestFault exception)
        {
            // The guest's own frames lie between here and who reports it.
            fault = exception;
            call.Exceed(exception.Kind);
            return Errno.BrokenPipe;
        }
    }

    public override Task WhenWritable() => call.Response.WhenWritable();

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

    /// <summary>Whether the program has written its headers.</summary>
    public bool HasHeaders => hasBlock;

    /// <summary>Called when the program has ended, however.</summary>
    /// <exception cref="GuestFault">What it wrote is no answer.</exception>
    public void ThrowIfBad()
    {
        if (fault is not null) throw new GuestFault(fault.Kind, fault.Message);
    }

    /// <summary>Called when the program has ended well.</summary>
    /// <exception cref="GuestFault">What it wrote is no answer.</exception>
    public void Complete()
    {
        if (hasBlock)
        {
            call.Response.RequireWhole();
            return;
        }

        // A block may end with the output, where there is no body.
        string? reason = null;
        if (length > 0 && block[length - 1] == '\n' && CgiHeaders.TryApply(block.AsSpan(0, length), call.Context.Response, out reason))
        {
            call.Response.Start();
            call.Response.RequireWhole();
            return;
        }

        const string Remedy = "it has to write headers, such as \"Content-Type: text/plain\", an empty line, and the body";
        throw new GuestFault(FaultKind.BadResponse, length == 0
            ? $"the program wrote nothing to its standard output; {Remedy}"
            : reason ?? $"the program wrote no empty line after headers: \"{Excerpt()}\"; {Remedy}");
    }

    private Errno TakeBlock(ReadOnlySpan<byte> source)
    {
        Append(source);
        if (CgiHeaders.FindEnd(block.AsSpan(0, length), searched) is not { } end)
        {
            // The end may begin with the last bytes.
            searched = Math.Max(0, length - 3);
            if (length <= call.Limits.ResponseHeaderBytes) return Errno.Success;
            throw new GuestFault(
                FaultKind.BadResponse, $"the program wrote {length} bytes without an empty line after its headers, which may have {call.Limits.ResponseHeaderBytes} (limits.responseHeaders)");
        }

        if (!CgiHeaders.TryApply(block.AsSpan(0, end.Start), call.Context.Response, out var reason)) throw new GuestFault(FaultKind.BadResponse, reason);
        hasBlock = true;
        call.Response.Start();
        return WriteRest(block.AsSpan(end.End, length - end.End));
    }

    // No more was taken than the sink keeps, so that nothing has to be waited for.
    private Errno WriteRest(ReadOnlySpan<byte> rest)
    {
        var error = rest.IsEmpty ? Errno.Success : call.Response.TryWrite(rest, out _);
        block = [];
        return error;
    }

    private void Append(ReadOnlySpan<byte> source)
    {
        if (block.Length < length + source.Length) Array.Resize(ref block, Math.Max(512, (length + source.Length) * 2));
        source.CopyTo(block.AsSpan(length));
        length += source.Length;
    }

    private string Excerpt() => string.Concat(Encoding.Latin1.GetString(block, 0, Math.Min(length, 60)).Select(character =>
        char.IsControl(character) ? ' ' : character));
}
