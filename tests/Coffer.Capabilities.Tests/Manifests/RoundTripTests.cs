using System.Net;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Tests.Manifests;

/// <summary>What is written is read as the same, for random manifests of every kind of grant and setting.</summary>
public sealed class RoundTripTests
{
    private static readonly Dictionary<CapabilityKind, Func<Random, Grant>> Makers = new()
    {
        [CapabilityKind.Directory] = Directory,
        [CapabilityKind.File] = random => new FileGrant(Word(random), "/" + Word(random)) { Access = Access(random, FileGrant.AllAccess) },
        [CapabilityKind.TcpConnect] = random => new TcpConnectGrant(EndPoint(random)),
        [CapabilityKind.TcpListen] = random => new TcpListenGrant(new EndPointPattern(HostPattern.Of(null, Address(random)), Ports(random))),
        [CapabilityKind.Udp] = random => new UdpGrant(EndPoint(random)),
        [CapabilityKind.NameLookup] = random => NameLookupGrant.Parse(random.Next(3) switch { 0 => "*", 1 => "*.b.example", _ => Name(random) }),
        [CapabilityKind.Http] = random => new HttpGrant(random.Next(2) == 0 ? "http" : "https", EndPoint(random))
        {
            Methods = random.Next(3) switch { 0 => "", 1 => "GET", _ => "GET,HEAD,POST" },
            Path = random.Next(2) == 0 ? "/" : $"/{Name(random)}/x",
        },
        [CapabilityKind.EnvironmentVariable] = random => new EnvironmentGrant(Word(random), Text(random)),
        [CapabilityKind.Argument] = random => new ArgumentGrant(Text(random)),
        [CapabilityKind.StandardStream] = random => new StreamGrant((StandardStream)random.Next(3)),
        [CapabilityKind.Clock] = Clock,
        [CapabilityKind.Random] = random => new RandomGrant { Seed = random.Next(2) == 0 ? null : (ulong)random.NextInt64() },
    };

    [Fact]
    public void Makers_AreThereForEveryKind() =>
        Assert.Equal(Enum.GetValues<CapabilityKind>().Order(), Makers.Keys.Order());

    [Fact]
    public void ToString_ThenParse_IsTheSameManifest()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var grants = Enumerable.Range(0, random.Next(12))
                .Select(_ => Makers[(CapabilityKind)random.Next(Makers.Count)](random))
                .GroupBy(grant => CapabilitySet.SlotOf(grant) ?? Guid.NewGuid().ToString(), (_, same) => same.First());
            var manifest = new Manifest
            {
                Module = random.Next(2) == 0 ? null : Text(random),
                Capabilities = new CapabilitySet(grants),
                Limits = Settings(random, new Limits(), Limits.Syntax),
                Quotas = Settings(random, Quotas.Default, Quotas.Syntax),
                Audit = Settings(random, new AuditSettings(), AuditSettings.Syntax),
            };

            var text = manifest.ToString();
            var read = Manifest.Parse(text);

            Assert.True(manifest == read, $"seed {seed}: {text}");
            Assert.Equal(text, read.ToString());
            Assert.Equal(manifest.Capabilities, Manifest.Parse(manifest.Capabilities.ToManifest().ToString()).Capabilities);
        }
    }

    private static T Settings<T>(Random random, T value, IReadOnlyList<SettingSyntax<T>> rows)
    {
        foreach (var row in rows.Where(_ => random.Next(2) == 0))
        {
            var text = row switch
            {
                { Shape: SettingShape.Flag } => "true",
                { Form: "time" } => $"{random.Next(1, 100000)}{(random.Next(2) == 0 ? "ms" : "s")}",
                { Form: "file" } => Text(random) + "x",
                _ when row.Form.Contains("unlimited") && random.Next(3) == 0 => "unlimited",
                _ => random.Next().ToString(),
            };
            value = row.Read(value, text);
            Assert.Equal(value, row.Read(value, row.Format(value)!));
        }

        return value;
    }

    private static DirectoryGrant Directory(Random random)
    {
        var source = (DirectorySource)random.Next(4);
        return new DirectoryGrant(source == DirectorySource.Memory ? "" : Word(random), "/" + Word(random))
        {
            Source = source,
            Access = source == DirectorySource.Archive ? DirectoryAccess.Read : Access(random, DirectoryAccess.All),
            MaximumBytes = random.Next(2) == 0 ? null : random.NextInt64(1L << 40),
            MaximumFiles = random.Next(2) == 0 ? null : random.Next(),
        };
    }

    private static ClockGrant Clock(Random random)
    {
        var clock = (GuestClock)random.Next(2);
        if (random.Next(2) == 0) return new ClockGrant(clock);
        return new ClockGrant(clock)
        {
            Start = clock == GuestClock.Monotonic ? DateTimeOffset.UnixEpoch : DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(1L << 60)),
            Step = TimeSpan.FromTicks(random.Next(3) == 0 ? 0 : random.Next()),
        };
    }

    private static EndPointPattern EndPoint(Random random)
    {
        var text = random.Next(7) switch
        {
            0 => "*",
            1 => "*+private",
            2 => $"*.{Name(random)}",
            3 => "10.0.0.0/8",
            4 => "fd00::/8",
            5 => "loopback",
            _ => null,
        };
        return new EndPointPattern(
            text is null ? HostPattern.Of(random.Next(2) == 0 ? null : Name(random), Address(random)) : HostPattern.Parse(text), Ports(random));
    }

    private static IPAddress Address(Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(bytes);
        return new IPAddress(bytes);
    }

    private static PortRange Ports(Random random)
    {
        var first = (ushort)random.Next(65536);
        return random.Next(3) switch { 0 => PortRange.All, 1 => PortRange.Of(443), _ => new PortRange(first, (ushort)random.Next(first, 65536)) };
    }

    private static DirectoryAccess Access(Random random, DirectoryAccess all)
    {
        var access = (DirectoryAccess)random.Next(32) & all;
        return access == DirectoryAccess.None ? DirectoryAccess.Read : access;
    }

    private static string Name(Random random) => $"h{random.Next(100)}.example";

    private static string Word(Random random) => "w" + random.Next(1000);

    // Everything that JSON must escape, and text of several bytes.
    private static string Text(Random random)
    {
        const string characters = "a\"\\/\n\t\u0001é<>&+',:{}中 ";
        return new([.. Enumerable.Range(0, random.Next(6)).Select(_ => characters[random.Next(characters.Length)])]);
    }
}
