namespace Coffer.Edge.Tests.Attacks;

/// <summary>Headers without end.</summary>
public sealed class HeaderTests
{
    public static TheoryData<string, string> Bombs => new()
    {
        { "many headers", string.Concat(Enumerable.Range(0, 500).Select(index => $"X-{index}: a\r\n")) },
        { "one header many times", string.Concat(Enumerable.Repeat("Cookie: a=b\r\n", 500)) },
        { "a long value", $"X-A: {new string('a', 100_000)}\r\n" },
        { "a long name", $"{new string('a', 100_000)}: b\r\n" },
        { "names that collide", string.Concat(Enumerable.Range(0, 2000).Select(index => $"{(char)('a' + (index % 26))}{(char)('A' + (index / 26 % 26))}{index}: \r\n")) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Bomb_IsRefused(string name, string headers)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET /good HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        Assert.True(answer.StartsWith("HTTP/1.1 431", StringComparison.Ordinal) || answer.Length == 0, $"{name}: {answer}");
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task RequestLine_TooLong_IsRefused()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET /{new string('a', 100_000)} HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.True(answer.StartsWith("HTTP/1.1 414", StringComparison.Ordinal) || answer.Length == 0, answer);
        answer = await RawClient.AskAsync(edge.Address, $"{new string('A', 100_000)} / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.True(answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answer.Length == 0, answer);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Headers_AsManyAsTheServerTakes_ReachTheGuest()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var headers = string.Concat(Enumerable.Range(0, 90).Select(index => $"X-{index}: {new string('v', 250)}\r\n"));
        // Of HTTP/1.0, to which the answer comes in one piece.
        var answer = await RawClient.AskAsync(edge.Address, $"GET / HTTP/1.0\r\nHost: a\r\n{headers}\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(90, answer.Split($"={new string('v', 250)}\n").Length - 1);
    }

    [Fact]
    public async Task Trailers_WithoutEnd_AreRefused()
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"10s\"");
        var trailers = string.Concat(Enumerable.Range(0, 5000).Select(index => $"X-{index}: aaaaaaaaaaaaaaaaaaa\r\n"));
        var answer = await RawClient.AskAsync(edge.Address, $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n{trailers}\r\nGET /private HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.DoesNotContain("private", answer, StringComparison.Ordinal);
        await AttackedEdge.MustBeQuietAsync(edge);
        await AttackedEdge.MustBeWellAsync(edge);
    }
}
