using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("a.example.com", "/api/v1/x", "a.example.com/api/v1")]
    [InlineData("a.example.com", "/api/v10", "a.example.com/api")]
    [InlineData("a.example.com", "/apis", "a.example.com/")]
    [InlineData("A.EXAMPLE.COM.", "/api", "a.example.com/api")]
    [InlineData("b.example.com", "/api", "*.example.com/")]
    [InlineData("c.b.example.com", "/", "*.b.example.com/")]
    [InlineData("example.com", "/x", "/")]
    [InlineData("other", "/static/x.css", "/static")]
    [InlineData("other", "/static", "/static")]
    [InlineData("other:8080", "/", "/")]
    public void Find_MostParticular(string host, string path, string pattern)
    {
        var table = new RouteTable(((string[])["/", "/static", "a.example.com/", "a.example.com/api", "a.example.com/api/v1/", "*.example.com/", "*.b.example.com/"])
            .Select(text => Route.Parse(text, null!)));
        Assert.Equal(pattern, table.Find(Request("GET", host, path), out _)?.Pattern);
    }

    [Fact]
    public void Find_MethodAndExact_OthersGoOn()
    {
        var table = new RouteTable([
            Route.Parse("/", null!),
            Route.Parse("/a", null!) with { Methods = ["POST"] },
            Route.Parse("/b", null!) with { IsExact = true },
        ]);
        Assert.Equal("/a", table.Find(Request("POST", "h", "/a/b"), out _)!.Pattern);
        Assert.Equal("/", table.Find(Request("GET", "h", "/a/b"), out _)!.Pattern);
        Assert.Equal("/b", table.Find(Request("GET", "h", "/b"), out _)!.Pattern);
        Assert.Equal("/", table.Find(Request("GET", "h", "/b/c"), out _)!.Pattern);
    }

    [Fact]
    public void Find_OtherMethodAlone_SaysWhichThereAre()
    {
        var table = new RouteTable([Route.Parse("/a", null!) with { Methods = ["POST", "PUT"] }]);
        Assert.Null(table.Find(Request("GET", "h", "/a"), out var methods));
        Assert.Equal(["POST", "PUT"], methods);
    }

    [Theory]
    [InlineData("/a", "/a/")]
    [InlineData("x.y/", "X.y/")]
    public void New_SameRequests_Refused(string first, string second) =>
        Assert.Throws<ArgumentException>(() => new RouteTable([Route.Parse(first, null!), Route.Parse(second, null!)]));

    [Theory]
    [InlineData("api")]
    [InlineData("*/x")]
    [InlineData("a.*.com/")]
    [InlineData("host:80/")]
    [InlineData("/a/../b")]
    [InlineData("/a//b")]
    [InlineData("/a/{id}")]
    public void Parse_NoRoute_Refused(string text) => Assert.Throws<FormatException>(() => Route.Parse(text, null!));

    private static HttpRequest Request(string method, string host, string path)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Path) = (method, new HostString(host), path);
        return request;
    }
}
