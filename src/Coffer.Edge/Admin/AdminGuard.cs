using System.Net;
using System.Security.Cryptography;
using System.Text;
using Coffer.Stores;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Coffer.Edge.Admin;

/// <summary>
/// Who may administer: requests by a name of the server's own, from its own pages or from programs, and, for all but the pages, with
/// the token. Thread-safe.
/// </summary>
internal sealed partial class AdminGuard
{
    /// <summary>The fewest bytes of a token: guessing is hopeless from there on.</summary>
    public const int ShortestToken = 16;

    private const string Scheme = "Bearer ";

    // Wrong tokens are answered late, a few at a time. The right one never waits, whoever else guesses.
    private const int LateAnswers = 32;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(500);

    private readonly byte[] tokenHash;
    private readonly HashSet<string> hosts;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private int late;

    /// <param name="token">The token.</param>
    /// <param name="configuration">The hosts, and where administration listens.</param>
    /// <param name="time">The time.</param>
    /// <param name="logger">Where it is told who was turned away.</param>
    /// <exception cref="ArgumentException">The token is too short.</exception>
    public AdminGuard(Secret token, AdminConfiguration configuration, TimeProvider time, ILogger logger)
    {
        if (token.Reveal().Length < ShortestToken)
            throw new ArgumentException($"the token of administration has fewer than {ShortestToken} bytes; make one by: openssl rand -hex 32");
        tokenHash = SHA256.HashData(token.Reveal());
        this.time = time;
        this.logger = logger;
        var address = configuration.Listener.Address.Address;
        hosts = new HashSet<string>(configuration.Hosts, StringComparer.OrdinalIgnoreCase);
        if (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)) hosts.Add(Bracketed(address));
        if (IPAddress.IsLoopback(address)) hosts.UnionWith(["localhost", "127.0.0.1", "[::1]"]);
    }

    /// <summary>
    /// Whether a request is by a name of the server. A page of somebody else's, whose name was made to mean this address, has another.
    /// </summary>
    public bool IsOurHost(HttpRequest request) => hosts.Contains(request.Host.Host)
        || (hosts.Count == 0 && IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out _));

    /// <summary>Whether a request comes from a page of another site.</summary>
    public static bool IsForeign(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("same-origin" or "none")) return true;
        return request.Headers.TryGetValue(HeaderNames.Origin, out var origin)
            && !string.Equals(origin.ToString(), $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a request has the token. Where not, it was answered.</summary>
    public async ValueTask<bool> TryAuthorizeAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var given = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
        if (given is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), tokenHash)) return true;
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"coffer\"";
        if (given is null)
        {
            await Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, "no-token", "This needs the token of administration: Authorization: Bearer …").ConfigureAwait(false);
            return false;
        }

        LogWrongToken(logger, context.Connection.RemoteIpAddress);
        if (Interlocked.Increment(ref late) > LateAnswers)
        {
            Interlocked.Decrement(ref late);
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, "too-many", "Too many requests with a wrong token.").ConfigureAwait(false);
            return false;
        }

        try
        {
            await Task.Delay(Delay, time, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref late);
        }

        await Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, "wrong-token", "The token is not the token of administration.").ConfigureAwait(false);
        return false;
    }

    private static string Bracketed(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    [LoggerMessage(1410, LogLevel.Warning, "administration: a wrong token from {Address}")]
    private static partial void LogWrongToken(ILogger logger, IPAddress? address);
}
