using Coffer.Capabilities.Files;

namespace Coffer.Fastly.Running;

/// <summary>The log of one run, bounded in bytes: what is more is dropped, and the log says so once.</summary>
internal sealed class SessionLog(FastlyLog log, long maximumBytes)
{
    private long written;
    private bool isFull;

    public void Write(string endpoint, ReadOnlySpan<byte> message)
    {
        if (isFull) return;
        if (message.Length > maximumBytes - written)
        {
            isFull = true;
            log.Report($"the guest has logged more than the {maximumBytes} bytes that it may (LogBytes); the rest is dropped");
            return;
        }

        written += message.Length;
        log.Write(endpoint, message);
    }

    public void Report(string message) => log.Report(message);

    /// <summary>A stream whose lines are messages of an endpoint; what is written and does not end a line is one all the same.</summary>
    public Stream ToStream(string endpoint) => new LineStream(line => Write(endpoint, line));
}
