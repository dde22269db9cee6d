using Coffer.ProxyWasm.Testing;

namespace Coffer.Server.FilterTesting;

/// <summary>Shows what a filter did: what it added and removed, what it answered, called and logged.</summary>
internal static class TestReport
{
    public static void Write(TestDescription description, TestOutcome outcome, IReadOnlyList<string> differences, TextWriter output)
    {
        if (outcome.Connection is { } connection) WriteConnection(description.Connection!, connection, output);
        else WriteExchange(description, outcome.Exchange!, output);
        WriteList("calls:", [.. outcome.Host.Upstreams.Calls.Select(call => call.ToString())], output);
        WriteList("logs:", [.. outcome.Host.Logs.Select(log => $"{ConsoleLog.Word(log.Level)}: {log.Text}")], output);
        WriteList("not as expected:", differences, output);
    }

    private static void WriteExchange(TestDescription description, TestExchange exchange, TextWriter output)
    {
        output.WriteLine(exchange.Upstream is not null ? "request: goes on to the upstream" : exchange.Response is null ? "request: ended without an answer" : "request: answered by the filter");
        if (exchange.Upstream is { } upstream) WriteMessage(description.Request, upstream, output);
        if (exchange.Response is { } response)
        {
            output.WriteLine($"response: {response[":status"]}");
            WriteMessage(exchange.Upstream is null ? new TestMessage() : description.Response, response, output);
        }
        else if (exchange.Upstream is not null) output.WriteLine("response: none, the filter ended the stream");
    }

    private static void WriteConnection(DescribedConnection described, ConnectionOutcome connection, TextWriter output)
    {
        output.WriteLine(connection.IsClosed ? "connection: closed by the filter" : "connection: passes");
        WriteData("to the upstream", string.Concat(described.Client), connection.Upstream, output);
        WriteData("to the client", string.Concat(described.Upstream), connection.Client, output);
    }

    private static void WriteMessage(TestMessage before, TestMessage after, TextWriter output)
    {
        WriteChanges("", before.Headers, after.Headers, output);
        WriteData("body", before.Text, after.Text, output);
        WriteChanges("trailer ", before.Trailers, after.Trailers, output);
    }

    private static void WriteChanges(
        string kind, IReadOnlyList<KeyValuePair<string, string>> before, IReadOnlyList<KeyValuePair<string, string>> after, TextWriter output)
    {
        var old = before.Select(pair => $"{kind}{pair.Key.ToLowerInvariant()}: {pair.Value}").ToList();
        var now = after.Select(pair => $"{kind}{pair.Key.ToLowerInvariant()}: {pair.Value}").ToList();
        foreach (var line in old.Except(now)) output.WriteLine($"  - {Plain(line)}");
        foreach (var line in now.Except(old).Where(line => !line.StartsWith(":status", StringComparison.Ordinal))) output.WriteLine($"  + {Plain(line)}");
    }

    private static void WriteData(string what, string before, string after, TextWriter output)
    {
        if (before != after) output.WriteLine($"  {what}: {Plain(after)}");
    }

    private static void WriteList(string title, IReadOnlyList<string> lines, TextWriter output)
    {
        if (lines.Count == 0) return;
        output.WriteLine(title);
        foreach (var line in lines) output.WriteLine($"  {Plain(line)}");
    }

    // What a filter writes must not control the terminal of whoever looks at it.
    private static string Plain(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character));
}
