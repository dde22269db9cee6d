using System.Net;
using System.Text;
using Coffer.Capabilities.Decisions;

namespace Coffer.EscapeTests.Network;

/// <summary>
/// Where a guest may connect to, for hosts that let it. The guest asks for a name and a port by a function of such a host,
/// which resolves the name, asks for a decision on the address that it will use, and records it.
/// </summary>
internal static class Destinations
{
    private const int Connected = 0, Refused = 1;

    /// <summary>The name was granted; whoever answers for it leads to an address that is not public.</summary>
    public static void Rebinding(Scene scene)
    {
        foreach (var address in new[]
        {
            "127.0.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fd00::1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.5", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "224.0.0.1", "255.255.255.255", "ff02::1",
        })
        {
            Assert.Equal((address, Refused), (address, Connect(scene, "example.com:443", "example.com", address, 443)));
            scene.Trail.Denied("connect", "example.com:443");
        }

        Assert.Equal(Connected, Connect(scene, "example.com:443", "example.com", "93.184.216.34", 443));
    }

    /// <summary>Any host is any host of the internet.</summary>
    public static void AnyHost(Scene scene)
    {
        foreach (var address in new[] { "127.0.0.1", "169.254.169.254", "192.168.0.1", "::1", "::ffff:169.254.169.254" })
        {
            Assert.Equal((address, Refused), (address, Connect(scene, "*:*", "metadata.internal", address, 80)));
            scene.Trail.Denied("connect", "metadata.internal:80");
        }
    }

    /// <summary>An address that is granted with a name is granted with that name.</summary>
    public static void AddressOfAnotherName(Scene scene)
    {
        Assert.Equal(Refused, Connect(scene, "db.internal+10.0.0.5:5432", "evil.example", "10.0.0.5", 5432));
        scene.Trail.Denied("connect", "evil.example:5432");
        Assert.Equal(Refused, Connect(scene, "db.internal+10.0.0.5:5432", "db.internal", "10.0.0.6", 5432));
        scene.Trail.Denied("connect", "db.internal:5432");
    }

    public static void OtherPorts(Scene scene)
    {
        foreach (var port in new[] { 0, 22, 79, 81, 7999, 9000, 65535 })
        {
            Assert.Equal(Refused, Connect(scene, "example.com:8000-8999", "example.com", "93.184.216.34", port));
            scene.Trail.Denied("connect", $"example.com:{port}");
        }
    }

    public static void OtherNames(Scene scene)
    {
        foreach (var name in new[]
        {
            "example.com.evil.test", "notexample.com", "evil-example.com", "example.co", "sub.example.com", "127.1", "0x7f.1", "2130706433",
            "example.com%00.evil.test",
        })
        {
            Assert.Equal((name, Refused), (name, Connect(scene, "example.com:443", name, "93.184.216.34", 443)));
            Assert.False(Assert.Single(scene.Trail.Events, audited => audited.Resource == $"{name}:443").Allowed);
        }
    }

    public static void NothingGranted(Scene scene)
    {
        Assert.Equal(Refused, Connect(scene, null, "example.com", "93.184.216.34", 443));
        Assert.Equal("--tcp-connect example.com:443", scene.Trail.Denied("connect", "example.com:443").Remedy);
    }

    /// <summary>Requests whose text says one host and whose sending would reach another, and paths that leave the one granted.</summary>
    public static void Requests(Scene scene)
    {
        foreach (var url in new[]
        {
            "https://evil.test/v1", "https://evil.test#@example.com/v1", "https://example.com@evil.test/v1", "https://user@example.com/v1",
            "https://example.com\\@evil.test/v1", "http://example.com/v1", "https://example.com:444/v1", "https://example.com/v1/../admin",
            "https://example.com/v1/%2e%2e/admin", "https://example.com/v12", "https://example.com//v1", "file:///etc/passwd",
            "https://169.254.169.254/v1", "https://[::1]/v1",
        })
        {
            Assert.Equal((url, Refused), (url, Fetch(scene, url, "93.184.216.34")));
            // What is no URL is refused by whoever reads it, and asked for by nobody.
            if (!Uri.TryCreate(url, UriKind.Absolute, out _)) continue;
            Assert.False(scene.Trail.Events[^1].Allowed);
            Assert.StartsWith("GET ", scene.Trail.Events[^1].Resource, StringComparison.Ordinal);
        }

        Assert.Equal(Connected, Fetch(scene, "https://example.com/v1/x", "93.184.216.34"));
        Assert.Equal(Refused, Fetch(scene, "https://example.com/v1/x", "127.0.0.1"));
        scene.Trail.Denied("fetch", "GET https://example.com/v1/x");
    }

    private static int Fetch(Scene scene, string url, string address) => Ask(
        scene, new CapabilitySet(HttpGrant.Parse("GET https://example.com/v1")), url, 443, (gate, text, port) => Uri.TryCreate(text, UriKind.Absolute, out var target) && gate.Allows(new AccessRequest
        {
            Kind = CapabilityKind.Http,
            Operation = "fetch",
            Method = "GET",
            Url = target,
            EndPoint = new IPEndPoint(IPAddress.Parse(address), port),
        }));

    private static int Connect(Scene scene, string? granted, string name, string address, int port)
    {
        var grants = granted is null ? CapabilitySet.Empty : new CapabilitySet(GrantSyntax.Of(CapabilityKind.TcpConnect).Parse(granted));
        return Ask(scene, grants, name, port, (gate, text, toPort) => gate.Allows(new AccessRequest
        {
            Kind = CapabilityKind.TcpConnect,
            Operation = "connect",
            Name = text,
            EndPoint = new IPEndPoint(IPAddress.Parse(address), toPort),
        }));
    }

    private static int Ask(
        Scene scene, CapabilitySet grants, string text, int port, Func<CapabilityGate, string, int, bool> decide)
    {
        var gate = new CapabilityGate(grants, scene.Trail.Audit, "1", "hostile", TimeProvider.System)
        {
            Backtrace = () => [.. Caller.CaptureStackTrace().Select(frame => frame.ToString())],
        };
        using var store = new Store(Guest.Engine);
        var bytes = Encoding.UTF8.GetBytes(text);
        var module = Module.CompileText(Guest.Engine, $"""
            (module (import "net" "connect" (func $connect (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1) (data (i32.const 64) "{string.Concat(bytes.Select(letter => $"\\{letter:x2}"))}")
              (func (export "run") (result i32)
                (call $connect (i32.const 64) (i32.const {bytes.Length}) (i32.const {port}))))
            """);
        var linker = new Linker().DefineFunction("net", "connect", (Caller caller, int pointer, int length, int toPort) =>
            decide(gate, caller.Memory.ReadUtf8((uint)pointer, length), toPort) ? Connected : Refused);
        return linker.Instantiate(store, module).GetFunction<int>("run")();
    }
}
