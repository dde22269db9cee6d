using System.Text.RegularExpressions;

namespace Coffer.Edge.Tests.Attacks;

/// <summary>
/// Requests of which two servers could have two opinions: each is refused, or is one request, with a second one that was sent
/// for certain as a request of its own. None must ever be two.
/// </summary>
public sealed partial class SmugglingTests
{
    private const string Hidden = "GET /private HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string> Refused =>
    [
        // Two lengths, or a length and chunks with bytes that only one of them counts.
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc{Hidden}",
        // Codings that are none, or not the last.
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n{Hidden}",
        // Names and lines that are none.
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb: c\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 3\r\n\r\nabc{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\r\nHost: a\r\n: chunked\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1\rHost: a\r\r{Hidden}",
        $" POST /echo HTTP/1.1\r\nHost: a\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.1 \r\nHost: a\r\n\r\n{Hidden}",
        $"POST  /echo HTTP/1.1\r\nHost: a\r\n\r\n{Hidden}",
        $"POST /echo HTTP/2.0\r\nHost: a\r\n\r\n{Hidden}",
        $"POST /echo HTTP/1.2\r\nHost: a\r\n\r\n{Hidden}",
        $"POST /echo\r\nHost: a\r\n\r\n{Hidden}",
        $"PO ST /echo HTTP/1.1\r\nHost: a\r\n\r\n{Hidden}",
        // Hosts: none, two, one that is another than the target's, one that is none.
        $"GET /good HTTP/1.1\r\n\r\n{Hidden}",
        $"GET /good HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n{Hidden}",
        $"GET /good HTTP/1.1\r\nHost: a, b\r\n\r\n{Hidden}",
        $"GET /good HTTP/1.1\r\nHost: a/private\r\n\r\n{Hidden}",
        $"GET /good HTTP/1.1\r\nHost: user@a\r\n\r\n{Hidden}",
        $"GET /good HTTP/1.1\r\nHost: a:80:80\r\n\r\n{Hidden}",
        $"GET http://inside.example/ HTTP/1.1\r\nHost: a\r\n\r\n{Hidden}",
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Request_OfTwoOpinions_IsRefused(string sent)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answers = await RawClient.AskAsync(edge.Address, sent);
        Assert.Matches("^HTTP/1\\.1 (400|405|411|501|505) ", answers);
        Assert.Single(StatusLine().Matches(answers));
        Assert.DoesNotContain("private", answers, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answers, StringComparison.Ordinal);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    // What was in doubt is taken in the way that RFC 9112 says, and the connection is closed: what follows is no request.
    [Theory]
    [InlineData("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    public async Task Request_LengthAndChunks_NothingAfterItIsServed(string sent)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answers = await RawClient.AskAsync(edge.Address, sent + Hidden);
        Assert.Single(StatusLine().Matches(answers));
        Assert.DoesNotContain("private", answers, StringComparison.Ordinal);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Theory]
    [InlineData("5;\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", "hello")]
    [InlineData("00005\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "hello")]
    public async Task Chunks_AsTheyMayBe_AreOneBody(string chunks, string body)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answers = await RawClient.AskAsync(edge.Address, $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(2, StatusLine().Count(answers));
        Assert.Contains(body, answers, StringComparison.Ordinal);
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5 \r\nhello\r\n0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("100000000000000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData("80000000\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\nb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\n0\n\n")]
    [InlineData("5\rhello\r0\r\r")]
    public async Task Chunks_ThatAreNone_EndTheConnection(string chunks)
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"2s\"");
        var answers = await RawClient.AskAsync(edge.Address, $"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{Hidden}");
        Assert.True(StatusLine().Count(answers) <= 1, answers);
        Assert.DoesNotContain("private", answers, StringComparison.Ordinal);
        await AttackedEdge.MustBeQuietAsync(edge);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Pipelined_RequestsAreAnsweredInTheirOrder()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var requests = string.Concat(Enumerable.Range(0, 50).Select(index => $"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n<{index:00}>"));
        var answers = await RawClient.AskAsync(edge.Address, requests + "GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(Enumerable.Range(0, 50), Body().Matches(answers).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.EndsWith("good", answers, StringComparison.Ordinal);
    }

    // The guest does not read its body, which must not become a request.
    [Fact]
    public async Task Body_ThatTheGuestLeaves_IsNoRequest()
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"500ms\"");
        var answers = await RawClient.AskAsync(
            edge.Address, $"POST /good HTTP/1.1\r\nHost: a\r\nContent-Length: {Hidden.Length}\r\n\r\n{Hidden}GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(2, StatusLine().Count(answers));
        Assert.DoesNotContain("private", answers, StringComparison.Ordinal);
        // A guest that fails leaves its body as well.
        answers = await RawClient.AskAsync(
            edge.Address, $"POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: {Hidden.Length}\r\n\r\n{Hidden}GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 504 ", answers, StringComparison.Ordinal);
        Assert.Equal(2, StatusLine().Count(answers));
        Assert.DoesNotContain("private", answers, StringComparison.Ordinal);
    }

    [GeneratedRegex("HTTP/1\\.[01] \\d{3} ")]
    private static partial Regex StatusLine();

    [GeneratedRegex("<(\\d\\d)>")]
    private static partial Regex Body();
}
