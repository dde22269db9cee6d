using System.Threading.Channels;

namespace Coffer.Opa.Decisions;

/// <summary>
/// Writes decisions as lines of JSON, in the background and in order. When more come than can be written, the latest are
/// dropped and counted: a log does not make those wait who ask for decisions. Thread-safe.
/// </summary>
public sealed class DecisionLog : IAsyncDisposable
{
    private readonly Channel<DecisionEvent> waiting;
    private readonly Stream output;
    private readonly bool leavesOpen;
    private readonly Task writing;
    private long dropped;
    private long written;

    /// <summary>A log that writes to a stream.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="capacity">The most decisions that wait to be written.</param>
    /// <param name="leavesOpen">Whether the stream stays open when the log is disposed.</param>
    public DecisionLog(Stream output, int capacity = 10_000, bool leavesOpen = false)
    {
        this.output = output ?? throw new ArgumentNullException(nameof(output));
        this.leavesOpen = leavesOpen;
        waiting = Channel.CreateBounded<DecisionEvent>(
            new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Decisions that were not written, because too many waited or the stream failed.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Decisions that were written.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Hands a decision over.</summary>
    public void Write(DecisionEvent decision)
    {
        if (!waiting.Writer.TryWrite(decision)) Interlocked.Increment(ref dropped);
    }

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing.ConfigureAwait(false);
        if (!leavesOpen) await output.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        while (await waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                while (waiting.Reader.TryRead(out var decision))
                {
                    byte[] line = [.. decision.ToObject().ToJsonBytes(), (byte)'\n'];
                    await output.WriteAsync(line).ConfigureAwait(false);
                    Interlocked.Increment(ref written);
                }

                await output.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                Interlocked.Increment(ref dropped);
            }
        }
    }
}
