namespace Coffer.ProxyWasm.Streams;

/// <summary>A TCP connection as the filters of a chain share it.</summary>
internal sealed class TcpExchange(StreamProperties properties, Action abort)
{
    private int isClosed;

    public StreamProperties Properties => properties;

    public bool IsClosed => Volatile.Read(ref isClosed) != 0;

    public void Close()
    {
        if (Interlocked.Exchange(ref isClosed, 1) == 0) abort();
    }
}
