namespace Coffer.Benchmarks.Serving;

/// <summary>Requests over connections that stay open, as many at a time as there are connections.</summary>
internal static class HttpLoad
{
    private static readonly byte[] Request = RawConnection.Request("GET", "/path?q=1");

    /// <summary>Sends for so long; how many were answered, and how many with something else than success.</summary>
    public static async Task<(long Answered, long Failed)> RunAsync(int port, int connections, TimeSpan time)
    {
        var end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunAsync(port, end))));
        return (counts.Sum(count => count.Answered), counts.Sum(count => count.Failed));
    }

    private static async Task<(long Answered, long Failed)> RunAsync(int port, long end)
    {
        using var connection = await RawConnection.OpenAsync(port);
        var (answered, failed) = (0L, 0L);
        while (Environment.TickCount64 < end)
        {
            var response = await connection.AskAsync(Request);
            answered++;
            if (!response.Span.StartsWith("HTTP/1.1 200"u8)) failed++;
        }

        return (answered, failed);
    }
}
