using System.Net;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Tests.Network;

public sealed class HostPatternTests
{
    private const string Public = "93.184.216.34";

    [Theory]
    [InlineData("example.com", "example.com", Public, true)]
    [InlineData("example.com", "EXAMPLE.com.", Public, true)]
    [InlineData("Example.COM.", "example.com", Public, true)]
    [InlineData("example.com", "example\u3002com", Public, true)]
    [InlineData("bücher.example", "xn--bcher-kva.example", Public, true)]
    [InlineData("bücher.example", "BÜCHER.example", Public, true)]
    [InlineData("example.com", "www.example.com", Public, false)]
    [InlineData("example.com", "example.com.evil.org", Public, false)]
    [InlineData("example.com", "evilexample.com", Public, false)]
    [InlineData("example.com", "example.com\0.evil.org", Public, false)]
    [InlineData("example.com", null, Public, false)]
    [InlineData("*.example.com", "a.example.com", Public, true)]
    [InlineData("*.example.com", "a.b.example.com", Public, true)]
    [InlineData("*.example.com", "example.com", Public, false)]
    [InlineData("*.example.com", ".example.com", Public, false)]
    [InlineData("*.example.com", "aexample.com", Public, false)]
    [InlineData("*", "anything.example", Public, true)]
    [InlineData("*", null, Public, true)]
    [InlineData("*", null, "2606:2800:220:1::1", true)]
    // Whoever answers for a name: it gives no address that is not public.
    [InlineData("example.com", "example.com", "127.0.0.1", false)]
    [InlineData("example.com", "example.com", "10.0.0.1", false)]
    [InlineData("example.com", "example.com", "::ffff:10.0.0.1", false)]
    [InlineData("*.example.com", "a.example.com", "169.254.169.254", false)]
    [InlineData("example.com+private", "example.com", "10.0.0.1", true)]
    [InlineData("example.com+private", "example.com", "127.0.0.1", false)]
    [InlineData("example.com+private", null, "10.0.0.1", false)]
    [InlineData("example.com+10.0.0.1", "example.com", "10.0.0.2", false)]
    [InlineData("*+loopback", null, "127.0.0.1", true)]
    [InlineData("10.0.0.0/8", null, "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "internal.example", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", null, "::ffff:10.255.0.1", true)]
    [InlineData("10.0.0.0/8", null, "11.0.0.1", false)]
    [InlineData("::ffff:10.0.0.0/104", null, "10.1.1.1", true)]
    [InlineData("[::ffff:127.0.0.1]", null, "127.0.0.1", true)]
    [InlineData("fd00::/8", null, "fd12::1", true)]
    [InlineData("fd00::/8", null, "fe80::1", false)]
    [InlineData("::/0", null, "127.0.0.1", false)]
    [InlineData("0.0.0.0/0", null, "::1", false)]
    [InlineData("fe80::1", null, "fe80::1%3", true)]
    [InlineData("loopback", null, "127.8.9.1", true)]
    [InlineData("loopback", null, "::1", true)]
    [InlineData("loopback", null, "::ffff:127.0.0.1", true)]
    [InlineData("loopback", null, "0.0.0.0", false)]
    [InlineData("private", null, "172.31.255.255", true)]
    [InlineData("private", null, "172.32.0.0", false)]
    [InlineData("private", null, "100.64.0.1", true)]
    [InlineData("private", null, "fd00::1", true)]
    [InlineData("private", null, "169.254.169.254", false)]
    [InlineData("169.254.169.254", null, "169.254.169.254", true)]
    public void Matches_NameAndAddress_BothCount(string pattern, string? name, string address, bool expected) =>
        Assert.Equal(expected, HostPattern.Parse(pattern).Matches(name, IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("100.100.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:192.168.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("fc00::1")]
    [InlineData("ff02::1")]
    public void Matches_AnyHost_NeverMeansAnAddressThatIsNotPublic(string address)
    {
        Assert.False(HostPattern.Parse("*").Matches(null, IPAddress.Parse(address)));
        Assert.False(HostPattern.Parse("*").Matches("rebound.example", IPAddress.Parse(address)));
        Assert.True(HostPattern.Parse(address).Matches(null, IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("*.")]
    [InlineData("*.*.example.com")]
    [InlineData("a.*.example.com")]
    [InlineData("exam ple.com")]
    [InlineData("-a.example")]
    [InlineData("user@example.com")]
    [InlineData("example.com#")]
    [InlineData("example.com/")]
    [InlineData("0")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0x7f000001")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4.")]
    [InlineData("１２７.0.0.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/")]
    [InlineData("::ffff:10.0.0.0/8")]
    [InlineData("fe80::1%eth0")]
    [InlineData("example.com+")]
    [InlineData("example.com+other.example")]
    public void Parse_WhatHasTwoReadings_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => HostPattern.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("１２７.0.0.1")]
    public void MatchesName_AddressInDisguise_IsNoName(string name) => Assert.False(HostPattern.Parse("*").MatchesName(name));

    [Theory]
    [InlineData("443", 443, 443)]
    [InlineData("8000-8999", 8000, 8999)]
    [InlineData("*", 0, 65535)]
    public void PortRange_Parse_HoldsBothEnds(string text, int first, int last)
    {
        var range = PortRange.Parse(text);

        Assert.True(range.Contains(first) && range.Contains(last));
        Assert.False((first > 0 && range.Contains(first - 1)) || range.Contains(last + 1));
        Assert.Equal(text, range.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("65536")]
    [InlineData("9-8")]
    [InlineData("80-")]
    [InlineData("0x50")]
    [InlineData(" 80")]
    public void PortRange_Nonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => PortRange.Parse(text));
}
