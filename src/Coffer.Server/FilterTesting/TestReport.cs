using Coffer.ProxyWasm.Streams;

namespace Coffer.Server.FilterTesting;

/// <summary>Shows what a filter did: what it added and removed, what it answered, called and logged.</summary>
internal static class TestReport
{
    public static void Write(TestDescription description, TestOutcome outcome, IReadOnlyList<string> differences, TextWriter output)
    {
        output.WriteLine(outcome.ReachedUpstream ? "request: goes on to the upstream" : outcome.IsReset ? "request: ended without an answer" : "request: answered by the filter");
        if (outcome.ReachedUpstream)
        {
            WriteChanges(description.RequestHeaders, outcome.Request, output);
            WriteBody(string.Concat(description.RequestBody), outcome.RequestBody, output);
        }

        if (!outcome.IsReset)
        {
            output.WriteLine($"response: {outcome.Response.Find(":status")}");
            WriteChanges(outcome.ReachedUpstream ? description.ResponseHeaders : [], outcome.Response, output);
            WriteBody(outcome.ReachedUpstream ? string.Concat(description.ResponseBody) : "", outcome.ResponseBody, output);
        }

        WriteList("calls:", outcome.Calls, output);
        WriteList("logs:", outcome.Logs, output);
        WriteList("not as expected:", differences, output);
    }

    private static void WriteChanges(IEnumerable<KeyValuePair<string, string>> before, HeaderList after, TextWriter output)
    {
        var old = before.Select(pair => $"{pair.Key.ToLowerInvariant()}: {pair.Value}").ToList();
        var now = after.Pairs.Select(pair => $"{pair.Key.ToLowerInvariant()}: {pair.Value}").ToList();
        foreach (var line in old.Except(now)) output.WriteLine($"  - {Plain(line)}");
        foreach (var line in now.Except(old).Where(line => !line.StartsWith(":status", StringComparison.Ordinal))) output.WriteLine($"  + {Plain(line)}");
    }

    private static void WriteBody(string before, string after, TextWriter output)
    {
        if (before != after) output.WriteLine($"  body: {Plain(after)}");
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
