using System.Text;

namespace Coffer.Fastly.Tests;

/// <summary>A response that is kept. Bytes are taken only while the test lets them.</summary>
internal sealed class TestResponse : DownstreamResponse
{
    private readonly MemoryStream body = new();
    private readonly Lock gate = new();

    public DownstreamResponseHead? Head { get; private set; }

    public List<DownstreamResponseHead> Hints { get; } = [];

    public IReadOnlyList<KeyValuePair<string, string>>? Trailers { get; private set; }

    public string? AbortReason { get; private set; }

    public bool IsComplete => Trailers is not null;

    public int Status => Head?.StatusCode ?? 0;

    public int Writes { get; private set; }

    /// <summary>What the taking of bytes waits for; nothing by default.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    public Action<int>? OnWritten { get; init; }

    public string Text
    {
        get
        {
            lock (gate) return Encoding.UTF8.GetString(body.ToArray());
        }
    }

    public long Length
    {
        get
        {
            lock (gate) return body.Length;
        }
    }

    public string? Header(string name) => Head?.Headers.FirstOrDefault(pair => pair.Key == name).Value;

    public override ValueTask StartAsync(DownstreamResponseHead head, CancellationToken cancellationToken)
    {
        Assert.Null(Head);
        Head = head;
        return default;
    }

    public override ValueTask SendEarlyHintsAsync(DownstreamResponseHead head, CancellationToken cancellationToken)
    {
        Hints.Add(head);
        return default;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        lock (gate)
        {
            body.Write(bytes.Span);
            Writes++;
        }

        OnWritten?.Invoke((int)Length);
    }

    public override ValueTask CompleteAsync(IReadOnlyList<KeyValuePair<string, string>> trailers, CancellationToken cancellationToken)
    {
        Trailers = trailers;
        return default;
    }

    public override void Abort(string reason) => AbortReason = reason;
}
