using System.Net;

namespace Coffer.Edge.Tests.Wagi;

public sealed class AnswerTests
{
    [Fact]
    public async Task Get_AnswersWithWhatTheProgramWrote()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing("Content-Type: text/plain\nX-Test: a\n\nhello"));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(5, response.Content.Headers.ContentLength);
        Assert.Equal("a", response.Headers.GetValues("X-Test").Single());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task Post_BodyOfAnyLength_IsReadAndAnswered(int length)
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Echo);
        var body = new byte[length];
        new Random(1).NextBytes(body);
        using var response = await edge.Client.PostAsync("/", new ByteArrayContent(body));
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Get_Variables_AreThoseOfTheRequest()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Environment, "\"environment\": { \"GREETING\": \"hi\" }");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a%20b/c?x=1&y=2") { Headers = { { "X-Two-Words", "v" }, { "Proxy", "evil" }, { "X_Under", "evil" } } };
        using var response = await edge.Client.SendAsync(request);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n');
        Assert.Equal("GREETING=hi", lines[0]);
        Assert.Contains("REQUEST_METHOD=GET", lines);
        Assert.Contains("PATH_INFO=/a b/c", lines);
        Assert.Contains("X_RAW_PATH_INFO=/a%20b/c", lines);
        Assert.Contains("QUERY_STRING=x=1&y=2", lines);
        Assert.Contains("HTTP_X_TWO_WORDS=v", lines);
        Assert.Contains($"SERVER_PORT={edge.Address.Port}", lines);
        Assert.Contains($"X_FULL_URL=http://{edge.Address}/a%20b/c?x=1&y=2", lines);
        Assert.DoesNotContain(lines, line => line.Contains("evil", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Status: 404 Not Found\n\nno", 404, "no")]
    [InlineData("Status: 201\r\nContent-Type: text/x\r\n\r\nyes", 201, "yes")]
    [InlineData("Location: /there\n\n", 302, "")]
    [InlineData("Content-Type: text/plain\n", 200, "")]
    public async Task Get_Status_IsTheProgram_s(string output, int status, string body)
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(output));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("hello", "no empty line")]
    [InlineData("", "nothing")]
    [InlineData("no header\n\nbody", "no header")]
    [InlineData("A b: c\n\nbody", "name")]
    [InlineData("A: b\rc\n\nbody", "control character")]
    [InlineData("Status: 99\n\n", "Status")]
    [InlineData("Status: 200\nStatus: 300\n\n", "two headers Status")]
    [InlineData("Content-Length: x\n\n", "Content-Length")]
    [InlineData("Content-Length: 3\n\nfour", "Content-Length")]
    public async Task Get_OutputIsNoAnswer_502AndTheLogSaysWhy(string output, string reason)
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(output));
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        var id = text.Split("request ")[1].Trim();
        Assert.True(edge.Log.Lines.Any(line => line.Contains(id, StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal)), string.Join('\n', edge.Log.Lines));
    }
}
