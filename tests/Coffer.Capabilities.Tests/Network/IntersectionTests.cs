using System.Net;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Tests.Network;

public sealed class IntersectionTests
{
    private static readonly string[] Hosts =
    [
        "*", "*+private", "*+10.0.0.0/8", "example.com", "example.com+loopback", "*.example.com", "*.example.com+private",
        "a.example.com", "*.a.example.com", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "8.8.8.0/24", "8.8.8.8",
        "loopback", "127.0.0.1", "private", "::1", "::/0", "fd00::/8", "fd00::1", "2606:2800::/32", "169.254.0.0/16",
    ];

    private static readonly string?[] Names = [null, "example.com", "a.example.com", "b.a.example.com", "other.example"];

    private static readonly string[] Addresses =
    [
        "8.8.8.8", "8.8.8.9", "10.1.2.3", "10.1.0.1", "10.2.0.1", "127.0.0.1", "127.0.0.2", "::1", "fd00::1", "fd00::2",
        "192.168.0.1", "169.254.1.1", "2606:2800::1",
    ];

    [Fact]
    public void Intersect_OfAnyTwoPatterns_IsNeverWiderThanEither()
    {
        foreach (var one in Hosts.Select(HostPattern.Parse))
        {
            Assert.Equal(one, one.Intersect(one));
            foreach (var other in Hosts.Select(HostPattern.Parse))
            {
                if (one.Intersect(other) is not { } both) continue;
                foreach (var name in Names)
                {
                    foreach (var address in Addresses.Select(IPAddress.Parse))
                    {
                        Assert.False(
                            both.Matches(name, address) && !(one.Matches(name, address) && other.Matches(name, address)),
                            $"{one} ∩ {other} = {both} gives {name} {address}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16")]
    [InlineData("10.0.0.0/8", "private", "10.0.0.0/8")]
    [InlineData("private", "10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("loopback", "0.0.0.0/0", "127.0.0.0/8")]
    [InlineData("private", "0.0.0.0/0", null)]
    [InlineData("loopback", "private", null)]
    [InlineData("10.0.0.0/8", "11.0.0.0/8", null)]
    [InlineData("*", "8.8.8.0/24", "8.8.8.0/24")]
    [InlineData("*", "10.0.0.0/8", null)]
    [InlineData("*+private", "10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("*", "*.example.com", "*.example.com")]
    [InlineData("*.example.com", "a.example.com", "a.example.com")]
    [InlineData("*.example.com", "example.com", null)]
    [InlineData("*.example.com+private", "a.example.com", "a.example.com")]
    [InlineData("*.example.com+private", "a.example.com+10.0.0.0/8", "a.example.com+10.0.0.0/8")]
    [InlineData("example.com", "10.0.0.0/8", null)]
    public void Intersect_Hosts_KeepsTheNarrower(string one, string other, string? expected)
    {
        Assert.Equal(expected, HostPattern.Parse(one).Intersect(HostPattern.Parse(other))?.ToString());
        Assert.Equal(expected, HostPattern.Parse(other).Intersect(HostPattern.Parse(one))?.ToString());
    }

    [Theory]
    [InlineData("--tcp-connect", "*:*", "example.com:8000-8999", "example.com:8000-8999")]
    [InlineData("--tcp-connect", "example.com:80-90", "example.com:85-95", "example.com:85-90")]
    [InlineData("--tcp-connect", "example.com:80", "example.com:81", null)]
    [InlineData("--listen", "loopback:*", "127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("--udp", "*:53", "8.8.8.8:*", "8.8.8.8:53")]
    [InlineData("--lookup", "*", "*.example.com", "*.example.com")]
    [InlineData("--http", "https://*", "GET https://example.com/v1", "GET https://example.com/v1")]
    [InlineData("--http", "GET,POST https://*/v1", "GET,HEAD https://example.com/v1/a", "GET https://example.com/v1/a")]
    [InlineData("--http", "GET https://example.com", "POST https://example.com", null)]
    [InlineData("--http", "https://example.com/a", "https://example.com/ab", null)]
    [InlineData("--http", "https://example.com", "http://example.com", null)]
    public void Intersect_Grants_KeepsWhatBothGive(string option, string one, string other, string? expected)
    {
        var syntax = GrantSyntax.All.Single(row => row.Option == option);
        Assert.Equal(expected, syntax.Parse(one).Intersect(syntax.Parse(other))?.ToString());
        Assert.Equal(expected, syntax.Parse(other).Intersect(syntax.Parse(one))?.ToString());
    }

    [Theory]
    [InlineData("--tcp-connect", "example.com")]
    [InlineData("--tcp-connect", "::1:80")]
    [InlineData("--tcp-connect", "example.com:99999")]
    [InlineData("--listen", "example.com:80")]
    [InlineData("--listen", "*:80")]
    [InlineData("--lookup", "10.0.0.1")]
    [InlineData("--lookup", "example.com+private")]
    [InlineData("--http", "example.com")]
    [InlineData("--http", "ftp://example.com")]
    [InlineData("--http", "HTTPS://example.com")]
    [InlineData("--http", "get https://example.com")]
    [InlineData("--http", "GET, HEAD https://example.com")]
    [InlineData("--http", "https://user@example.com")]
    [InlineData("--http", "https://example.com/a/../b")]
    [InlineData("--http", "https://example.com/a%2fb")]
    [InlineData("--http", "https://example.com/a?b")]
    [InlineData("--http", "https://")]
    public void Parse_Nonsense_SaysWhatWouldBeRight(string option, string text)
    {
        var exception = Assert.Throws<FormatException>(() => GrantSyntax.All.Single(row => row.Option == option).Parse(text));
        Assert.True(exception.Message.Length > 20, exception.Message);
    }

    [Theory]
    [InlineData("--tcp-connect", "example.com:443")]
    [InlineData("--tcp-connect", "[fd00::/8]:8000-8999")]
    [InlineData("--tcp-connect", "[db.example+fd00::1]:*")]
    [InlineData("--listen", "[::1]:8080")]
    [InlineData("--udp", "10.0.0.0/8:53")]
    [InlineData("--lookup", "*.example.com")]
    [InlineData("--http", "https://example.com")]
    [InlineData("--http", "GET,HEAD https://*.example.com:8443/v1")]
    [InlineData("--http", "http://[::1]:8000-8999/a")]
    [InlineData("--http", "http://[fd00::/8]")]
    [InlineData("--http", "http://[10.0.0.0/8]:*/a")]
    public void Parse_ThenToString_IsTheSameText(string option, string text) =>
        Assert.Equal(text, GrantSyntax.All.Single(row => row.Option == option).Parse(text).ToString());
}
