using System.Threading.Channels;
using Coffer.Edge.Ambient;

namespace Coffer.Edge.Telemetry;

/// <summary>
/// A log of lines that are written behind what they tell of: when the disk is too slow lines are dropped and counted, not
/// requests held up. Thread-safe.
/// </summary>
internal sealed class LineLog : IAsyncDisposable
{
    private readonly Channel<byte[]> lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(65536) { SingleReader = true });
    private readonly ServerFiles files;
    private readonly Stream output;
    private readonly Task writing;
    private volatile string? target;
    private long dropped;

    /// <param name="files">Where relative names start.</param>
    /// <param name="output">What <c>-</c> stands for. Not disposed.</param>
    public LineLog(ServerFiles files, Stream output)
    {
        this.files = files;
        this.output = output;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Whether lines go anywhere.</summary>
    public bool IsWanted => target is not null;

    /// <summary>Writes to a file from now on; <c>-</c> for standard output, null for nowhere.</summary>
    public void Use(string? file) => target = file;

    /// <summary>Adds a line, without its end.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (!lines.Writer.TryWrite([.. line, (byte)'\n'])) Interlocked.Increment(ref dropped);
    }

    /// <summary>How many were dropped since this was last asked.</summary>
    public long TakeDropped() => Volatile.Read(ref dropped) == 0 ? 0 : Interlocked.Exchange(ref dropped, 0);

    /// <summary>Writes what there is.</summary>
    public async ValueTask DisposeAsync()
    {
        lines.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        Stream? stream = null;
        string? opened = null;
        await foreach (var line in lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (opened != target)
                {
                    if (stream is not null && stream != output) await stream.DisposeAsync().ConfigureAwait(false);
                    (opened, stream) = (target, null);
                    stream = opened is null ? null : opened == "-" ? output : files.Append(opened);
                }

                if (stream is null) continue;
                await stream.WriteAsync(line).ConfigureAwait(false);
                if (lines.Reader.Count == 0) await stream.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref dropped);
                opened = null;
                stream = null;
            }
        }

        if (stream is not null && stream != output) await stream.DisposeAsync().ConfigureAwait(false);
    }
}
