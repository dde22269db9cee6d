using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Coffer.Cli.Disassembly;

/// <summary>
/// Records what the runtime tells of its own work, by the runtime's diagnostics port of this very process. An event
/// listener is simpler, and gets the events without their arrays.
/// </summary>
internal static class RuntimeTrace
{
    /// <summary>The name of the runtime as a source of events.</summary>
    public const string Runtime = "Microsoft-Windows-DotNETRuntime";

    private const int BufferMegabytes = 64;
    private const int MostBytes = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Does something, and gives the trace of what the runtime told meanwhile.</summary>
    /// <param name="keywords">The kinds of events.</param>
    /// <param name="action">What is done; it may be done not at all when there is no trace.</param>
    /// <param name="cancellation">Ends the recording.</param>
    /// <exception cref="TraceException">There is no trace.</exception>
    public static byte[] Record(EventKeywords keywords, Action action, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            using var session = new DiagnosticsClient(Environment.ProcessId)
                .StartEventPipeSessionAsync(
                    [new EventPipeProvider(Runtime, EventLevel.Verbose, (long)keywords)],
                    requestRundown: false, BufferMegabytes, limit.Token)
                .GetAwaiter().GetResult();

            // What is done may take as long as it takes.
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
            var reading = Task.Run(() => ReadAsync(session.EventStream, limit.Token), CancellationToken.None);
            action();
            limit.CancelAfter(Patience);
            session.StopAsync(limit.Token).GetAwaiter().GetResult();
            return reading.GetAwaiter().GetResult();
        }
        catch (ServerNotAvailableException e)
        {
            throw new TraceException("the runtime's diagnostics port is closed (DOTNET_EnableDiagnostics)", e);
        }
        catch (OperationCanceledException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new TraceException("the runtime's diagnostics port did not answer in time", e);
        }
        catch (Exception e) when (
            e is DiagnosticsClientException or IOException or UnauthorizedAccessException or TimeoutException
                or System.Net.Sockets.SocketException or PlatformNotSupportedException)
        {
            throw new TraceException($"the runtime's diagnostics port failed: {e.Message}", e);
        }
    }

    // Reads all, so that the runtime never waits, and keeps what is no more than a trace can be.
    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[1 << 16];
        var total = 0L;
        for (int count; (count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0; total += count)
        {
            if (total + count <= MostBytes) kept.Write(buffer, 0, count);
        }

        return total <= MostBytes ? kept.ToArray() : throw new TraceException($"the runtime's trace has more than {MostBytes} bytes");
    }
}
