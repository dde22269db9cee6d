namespace Coffer.Edge.Tests.Attacks;

/// <summary>Spellings of paths and hosts that should lead past a route, or to one.</summary>
public sealed class PathTests
{
    // What is decoded leads to the route of what it says, as no other server in front would see it in another way.
    [Theory]
    [InlineData("/private", "private")]
    [InlineData("/%70rivate", "private")]
    [InlineData("/x/../private", "private")]
    [InlineData("/x/%2e%2e/private", "private")]
    [InlineData("/x/.%2E/private", "private")]
    [InlineData("/./private", "private")]
    [InlineData("/private/../private/x", "private")]
    // These are other paths.
    [InlineData("//private", "PATH_INFO=//private\n")]
    [InlineData("/Private", "PATH_INFO=/Private\n")]
    [InlineData("/private;x", "PATH_INFO=/private;x\n")]
    [InlineData("/privat%C3%A9", "PATH_INFO=/privat\u00c3\u00a9\n")]
    [InlineData("/x%2f..%2fprivate", "PATH_INFO=/x%2f..%2fprivate\n")]
    [InlineData("/%5cprivate", "PATH_INFO=/\\private\n")]
    [InlineData("/%2fprivate", "PATH_INFO=/%2fprivate\n")]
    [InlineData("/%252e%252e/private", "PATH_INFO=/%2e%2e/private\n")]
    [InlineData("/private%20", "PATH_INFO=/private \n")]
    [InlineData("/private%09", "PATH_INFO=/private\t\n")]
    [InlineData("/private.", "PATH_INFO=/private.\n")]
    [InlineData("/%ef%bc%8fprivate", "PATH_INFO=/\u00ef\u00bc\u008fprivate\n")]
    public async Task Path_IsReadInOneWay(string path, string answered)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains(answered, answer, StringComparison.Ordinal);
        // The path as it was sent is told too; what of it the route has taken, is never told wrongly.
        if (answered.StartsWith("PATH_INFO", StringComparison.Ordinal)) Assert.Contains($"X_RAW_PATH_INFO={path}\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/../../etc/passwd", "PATH_INFO=/etc/passwd\n")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd", "PATH_INFO=/etc/passwd\n")]
    public async Task Path_ThatClimbs_StaysBelowTheRoot(string path, string answered)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.True(answer.Contains(answered, StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
        Assert.DoesNotContain("PATH_INFO=/..", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/%00")]
    [InlineData("/a\0b")]
    [InlineData("/a b")]
    [InlineData("private")]
    [InlineData("/a\u00e9")]
    [InlineData("\\private")]
    public async Task Path_ThatIsNone_IsRefused(string path)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1\\.1 (400|405) ", answer);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Theory]
    [InlineData("inside.example", true)]
    [InlineData("INSIDE.example:8080", true)]
    [InlineData("inside.example.", true)]
    [InlineData("inside.example.evil", false)]
    [InlineData("evilinside.example", false)]
    [InlineData("x.inside.example", false)]
    [InlineData("inside-example", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("[::1]", false)]
    public async Task Host_IsReadInOneWay(string host, bool isInside)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(isInside, answer.EndsWith("inside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Target_InAbsoluteForm_IsThatOfItsHost()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, "GET http://inside.example/x HTTP/1.1\r\nHost: inside.example\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("inside", answer, StringComparison.Ordinal);
        answer = await RawClient.AskAsync(edge.Address, "GET http://a/x/../private HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("private", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_OfAllTheServer_IsNoPath()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Contains("PATH_INFO=\n", answer, StringComparison.Ordinal);
        Assert.Contains("REQUEST_URI=*\n", answer, StringComparison.Ordinal);
    }
}
