using System.Net;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// Sending HTTP requests. Its text is <c>[METHOD,METHOD ]SCHEME://HOST[:PORTS][/PATH]</c>: any method when none is
/// said, the scheme's port when none is said, and everything below the path, by whole segments.
/// </summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Target">The hosts and ports.</param>
public sealed record HttpGrant(string Scheme, EndPointPattern Target) : Grant
{
    private const string Example =
        "https://api.example.com, http://10.0.0.5:8080/v1 or \"GET,HEAD https://*.example.com\"";


    /// <summary>The methods, in order and separated by commas, such as <c>GET,HEAD</c>; empty for any.</summary>
    public string Methods { get; init; } = "";

    /// <summary>The path with everything below it.</summary>
    public string Path { get; init; } = "/";

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.Http;

    /// <summary>Whether a request may be sent.</summary>
    /// <param name="method">Its method, compared exactly.</param>
    /// <param name="url">The URL as it will be sent, after any redirection.</param>
    /// <param name="address">
    /// The address that it will be sent to; null before the name was resolved, which must be followed by a decision
    /// about the address.
    /// </param>
    public bool Allows(string? method, Uri? url, IPAddress? address)
    {
        if (RequestTarget.Read(url) is not { } target || target.Scheme != Scheme) return false;
        if (string.IsNullOrEmpty(method) || (Methods.Length > 0 && !Methods.Split(',').Contains(method))) return false;
        if (!Target.Ports.Contains(target.Port) || !RequestTarget.IsBelow(target.Path, Path)) return false;
        if (target.Address is not null)
        {
            return Target.Host.Matches(null, target.Address)
                && (address is null || AddressPattern.Of(target.Address).Contains(address));
        }

        return Target.Host.MatchesName(target.Host) && (address is null || Target.Host.Matches(target.Host, address));
    }

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString()
    {
        var host = Target.Host.ToString();
        // The slash of a network would begin the path.
        if (host.AsSpan().IndexOfAny(':', '/') >= 0) host = $"[{host}]";
        var target = Target.Ports == DefaultPorts(Scheme) ? host : $"{host}:{Target.Ports}";
        return $"{(Methods.Length == 0 ? "" : Methods + " ")}{Scheme}://{target}{(Path == "/" ? "" : Path)}";
    }

    /// <summary>The smallest grant for a request; null when none would allow it.</summary>
    internal static HttpGrant? For(string? method, Uri? url, IPAddress? address)
    {
        if (!IsMethod(method) || RequestTarget.Read(url) is not { } target) return null;
        if (!RequestTarget.IsPlain(target.Path)) return null;
        var host = HostPattern.Of(target.Address is null ? target.Host : null, target.Address ?? address);
        return new HttpGrant(target.Scheme, new EndPointPattern(host, PortRange.Of(target.Port)))
        {
            Methods = method!,
            Path = target.Path,
        };
    }

    internal static HttpGrant Parse(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var methods = space < 0 ? [] : text[..space].Split(',');
        if (methods.Any(method => !IsMethod(method)))
        {
            throw new FormatException($"\"{text}\" has no methods before the space; write GET,HEAD");
        }

        var rest = text[(space + 1)..];
        var scheme = rest.StartsWith("https://", StringComparison.Ordinal) ? "https" : "http";
        if (!rest.StartsWith(scheme + "://", StringComparison.Ordinal)) throw Unreadable(text);
        rest = rest[(scheme.Length + 3)..];
        var slash = rest.IndexOf('/', Math.Max(0, rest.LastIndexOf(']')));
        var path = slash < 0 ? "/" : rest[slash..];
        if (slash >= 0) rest = rest[..slash];
        if (rest.Length == 0 || rest.Contains('@', StringComparison.Ordinal)) throw Unreadable(text);
        if (!RequestTarget.IsPlain(path) || path.AsSpan().IndexOfAny('?', '#', ' ') >= 0)
        {
            throw new FormatException($"\"{path}\" is no path to grant: no query, no dot segments, nothing encoded");
        }

        var (host, written) = EndPointPattern.Split(rest);
        var ports = written is null ? DefaultPorts(scheme) : PortRange.Parse(written);
        return new HttpGrant(scheme, new EndPointPattern(HostPattern.Parse(host), ports))
        {
            Methods = string.Join(',', methods.Distinct().Order(StringComparer.Ordinal)),
            Path = path,
        };
    }

    internal override Grant? Intersect(Grant other)
    {
        if (other is not HttpGrant http || http.Scheme != Scheme || LongerPath(http) is not { } path) return null;
        if (Target.Intersect(http.Target) is not { } target) return null;
        var methods = Methods.Length == 0 ? http.Methods
            : http.Methods.Length == 0 ? Methods
            : string.Join(',', Methods.Split(',').Intersect(http.Methods.Split(',')));
        var isNothing = methods.Length == 0 && (Methods.Length > 0 || http.Methods.Length > 0);
        return isNothing ? null : this with { Target = target, Methods = methods, Path = path };
    }

    private string? LongerPath(HttpGrant other)
    {
        if (RequestTarget.IsBelow(other.Path, Path)) return other.Path;
        return RequestTarget.IsBelow(Path, other.Path) ? Path : null;
    }

    private static PortRange DefaultPorts(string scheme) => PortRange.Of(scheme == "https" ? 443 : 80);

    private static bool IsMethod(string? method) =>
        !string.IsNullOrEmpty(method) && method.All(char.IsAsciiLetterUpper);

    private static FormatException Unreadable(string text) => new($"\"{text}\" is no URL to grant; write {Example}");
}
