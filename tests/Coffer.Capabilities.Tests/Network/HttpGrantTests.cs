using System.Net;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Network;

public sealed class HttpGrantTests
{
    private static readonly IPAddress Public = IPAddress.Parse("93.184.216.34");

    [Theory]
    [InlineData("https://example.com", "GET", "https://example.com/", true)]
    [InlineData("https://example.com", "GET", "https://EXAMPLE.com:443/a?b#c", true)]
    [InlineData("https://example.com", "GET", "https://example.com./", true)]
    [InlineData("https://example.com", "GET", "http://example.com/", false)]
    [InlineData("https://example.com", "GET", "https://example.com:444/", false)]
    [InlineData("https://example.com:*", "GET", "https://example.com:444/", true)]
    [InlineData("http://example.com", "GET", "http://example.com:80/", true)]
    [InlineData("https://example.com", "GET", "https://user@example.com/", false)]
    [InlineData("https://example.com", "GET", "https://example.com@evil.org/", false)]
    [InlineData("https://example.com", "GET", "https://evil.org/#@example.com", false)]
    [InlineData("https://example.com", "GET", "https://evil.org#@example.com/", false)]
    [InlineData("https://example.com", "GET", "https://evil.org?@example.com/", false)]
    [InlineData("https://example.com", "GET", @"https://example.com\@evil.org/", false)]
    [InlineData("https://example.com", "GET", @"https://evil.org\.example.com/", false)]
    [InlineData("https://*.example.com", "GET", "https://evil.org/.example.com", false)]
    [InlineData("https://example.com", "GET", "https://example.com%2eevil.org/", false)]
    [InlineData("https://example.com", "GET", "https://example。com/", true)]
    [InlineData("https://example.com", "GET", "ftp://example.com/", false)]
    [InlineData("https://example.com", "GET", "file:///etc/passwd", false)]
    [InlineData("GET,HEAD https://example.com", "HEAD", "https://example.com/", true)]
    [InlineData("GET,HEAD https://example.com", "POST", "https://example.com/", false)]
    [InlineData("GET https://example.com", "get", "https://example.com/", false)]
    [InlineData("GET https://example.com", "GET ", "https://example.com/", false)]
    [InlineData("https://example.com", "", "https://example.com/", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1", true)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/x/../y", true)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v12", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/../admin", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/%2e%2e/admin", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/..%2fadmin", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/%252e%252e/admin", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1/..;/admin", false)]
    [InlineData("https://example.com/v1", "GET", "https://example.com/v1//../../admin", false)]
    [InlineData("https://example.com/v1/", "GET", "https://example.com/v1/x", true)]
    [InlineData("https://example.com/a", "GET", "https://example.com/a/b%2fc", false)]
    [InlineData("https://example.com", "GET", "https://example.com/a/b%2fc", true)]
    public void Allows_Url_ByItsOneReading(string grant, string method, string url, bool expected)
    {
        var http = HttpGrant.Parse(grant);
        // What the platform does not take as a URL is none here.
        _ = Uri.TryCreate(url, UriKind.Absolute, out var parsed);

        Assert.Equal(expected, http.Allows(method, parsed, Public));
        Assert.Equal(expected, http.Allows(method, parsed, null));
        Assert.False(http.Allows(method, parsed, IPAddress.Loopback));
        Assert.False(http.Allows(method, parsed, IPAddress.Parse("169.254.169.254")));
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://0/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://１２７.０.０.１/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://[fe80::1%25eth0]/")]
    public void Allows_AddressThatIsNotPublic_NotByAnyHost(string url)
    {
        _ = Uri.TryCreate(url, UriKind.Absolute, out var parsed);
        var any = HttpGrant.Parse("http://*:*");

        Assert.False(any.Allows("GET", parsed, null));
        Assert.False(any.Allows("GET", parsed, IPAddress.Loopback));
        Assert.False(any.Allows("GET", parsed, Public));
    }

    [Fact]
    public void Allows_NamedAddress_ButNoNameThatLeadsThere()
    {
        var grant = HttpGrant.Parse("http://10.0.0.0:8080");
        Assert.True(grant.Allows("GET", new Uri("http://10.0.0.0:8080/"), IPAddress.Parse("10.0.0.0")));
        Assert.False(grant.Allows("GET", new Uri("http://10.0.0.0:8080/"), IPAddress.Parse("10.0.0.1")));
        Assert.False(grant.Allows("GET", new Uri("http://internal.example:8080/"), IPAddress.Parse("10.0.0.0")));
        Assert.False(grant.Allows("GET", new Uri("/relative", UriKind.Relative), null));
        Assert.False(grant.Allows("GET", null, null));
    }

    [Fact]
    public void Decide_Redirected_IsAskedAgainAndRefusedWithARemedy()
    {
        var set = new CapabilitySet(HttpGrant.Parse("GET https://example.com/v1"));
        Assert.True(set.Decide(Request("https://example.com/v1/a", Public)).IsAllowed);

        var denial = set.Decide(Request("https://other.example:8443/b", Public)).Denial!;

        Assert.Equal("--http GET https://other.example:8443/b", denial.RemedyOption);
        Assert.True(new CapabilitySet(denial.Remedy!).Decide(Request("https://other.example:8443/b", Public)).IsAllowed);
        Assert.Null(set.Decide(Request("https://user@other.example/", Public)).Denial!.Remedy);
    }

    [Fact]
    public void Decide_NameThatLeadsInside_IsRefusedWithTheAddressNamed()
    {
        var set = new CapabilitySet(TcpConnectGrant.Parse("db.example:5432"));
        Assert.True(set.Decide(Connect("db.example", new IPEndPoint(Public, 5432))).IsAllowed);
        Assert.False(set.Decide(Connect("db.example", new IPEndPoint(Public, 5433))).IsAllowed);
        Assert.False(set.Decide(Connect("db.example", null)).IsAllowed);

        var denial = set.Decide(Connect("db.example", IPEndPoint.Parse("10.0.0.5:5432"))).Denial!;

        Assert.Equal("--tcp-connect db.example+10.0.0.5:5432", denial.RemedyOption);
        Assert.True(new CapabilitySet(denial.Remedy!).Decide(Connect("db.example", IPEndPoint.Parse("10.0.0.5:5432"))).IsAllowed);
        Assert.Equal("--tcp-connect 1.2.3.4:80", set.Decide(Connect(null, IPEndPoint.Parse("1.2.3.4:80"))).Denial!.RemedyOption);
        Assert.Equal("--tcp-connect [::1]:80", set.Decide(Connect(null, IPEndPoint.Parse("[::1]:80"))).Denial!.RemedyOption);
    }

    [Fact]
    public void Decide_Listen_IsByAddressAndPort()
    {
        var set = new CapabilitySet(TcpListenGrant.Parse("127.0.0.1:8080"));
        Assert.True(set.Decide(Listen("127.0.0.1:8080")).IsAllowed);
        Assert.Equal("--listen 0.0.0.0:8080", set.Decide(Listen("0.0.0.0:8080")).Denial!.RemedyOption);
        Assert.Equal(IPEndPoint.Parse("[::1]:80"), TcpListenGrant.Parse("[::1]:80").EndPoint);
        Assert.Null(TcpListenGrant.Parse("loopback:80").EndPoint);
        Assert.Null(TcpListenGrant.Parse("127.0.0.1:80-81").EndPoint);
    }

    [Fact]
    public void Decide_Lookup_IsByName()
    {
        var set = new CapabilitySet(NameLookupGrant.Parse("*.example.com"));
        Assert.True(set.Decide(Lookup("a.EXAMPLE.com")).IsAllowed);
        Assert.Equal("--lookup b.example", set.Decide(Lookup("B.example.")).Denial!.RemedyOption);
        Assert.Null(set.Decide(Lookup("127.1")).Denial!.Remedy);
    }

    private static AccessRequest Request(string url, IPAddress address) => new()
    {
        Kind = CapabilityKind.Http,
        Operation = "handle",
        Method = "GET",
        Url = new Uri(url),
        EndPoint = new IPEndPoint(address, 443),
    };

    private static AccessRequest Connect(string? name, IPEndPoint? endPoint) =>
        new() { Kind = CapabilityKind.TcpConnect, Operation = "connect", Name = name, EndPoint = endPoint };

    private static AccessRequest Listen(string endPoint) =>
        new() { Kind = CapabilityKind.TcpListen, Operation = "listen", EndPoint = IPEndPoint.Parse(endPoint) };

    private static AccessRequest Lookup(string name) =>
        new() { Kind = CapabilityKind.NameLookup, Operation = "resolve", Name = name };
}
