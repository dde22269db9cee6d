using System.Net;
using System.Net.Sockets;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Plugins.Ambient;

/// <summary>An answer to a request that was granted. Immutable.</summary>
/// <param name="StatusCode">Its status.</param>
/// <param name="Headers">Its headers, by names in lower case.</param>
/// <param name="Body">Its body.</param>
public sealed record GrantedAnswer(int StatusCode, SortedDictionary<string, string> Headers, byte[] Body);

/// <summary>
/// HTTP requests by guests. What a set of grants allows is asked of every request before its name is looked up, and again
/// of the address that is really connected to; redirections are not followed: they are new requests.
/// </summary>
public static class GrantedHttp
{
    private const string Operation = "http_request";

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="grants">What is allowed.</param>
    /// <param name="request">The request. Not disposed.</param>
    /// <param name="maximumBytes">How long the body of the answer may be.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="UnauthorizedAccessException">No grant allows it; the message says which one would.</exception>
    /// <exception cref="HttpRequestException">There was no answer.</exception>
    /// <exception cref="InvalidDataException">The body is longer than it may be.</exception>
    public static Task<GrantedAnswer> SendAsync(
        CapabilitySet grants, HttpRequestMessage request, int maximumBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grants);
        return SendAsync(GateOf(grants, null, "host"), request, maximumBytes, cancellationToken);
    }

    /// <summary>Where the requests of a guest are decided and recorded.</summary>
    internal static CapabilityGate GateOf(CapabilitySet grants, AuditTrail? audit, string guest) =>
        new(grants, audit, "1", guest, TimeProvider.System);

    private static async Task<GrantedAnswer> SendAsync(
        CapabilityGate gate, HttpRequestMessage request, int maximumBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Require(gate, request.Method.Method, request.RequestUri, null);

        // By itself, so that a connection that one guest was granted never serves another.
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = (context, cancellation) => ConnectAsync(
                gate, context.InitialRequestMessage.Method.Method, context.InitialRequestMessage.RequestUri!, cancellation),
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, maximumBytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request and reads its answer, for a guest that waits for it on its own thread.</summary>
    internal static GrantedAnswer Send(
        CapabilityGate gate, HttpRequestMessage request, int maximumBytes, CancellationToken cancellationToken)
    {
        // Continuations run elsewhere, so that no context of the caller is waited for.
        return Task.Run(() => SendAsync(gate, request, maximumBytes, cancellationToken), CancellationToken.None).GetAwaiter().GetResult();
    }

    private static async Task<GrantedAnswer> ReadAsync(HttpResponseMessage response, int maximumBytes, CancellationToken cancellation)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            headers[name.ToLowerInvariant()] = string.Join(", ", values);
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var read and > 0)
        {
            if (body.Length + read > maximumBytes)
            {
                throw new InvalidDataException($"The answer is longer than the {maximumBytes} bytes that the plugin may receive (HttpResponseBytes).");
            }

            body.Write(buffer, 0, read);
        }

        return new GrantedAnswer((int)response.StatusCode, headers, body.ToArray());
    }

    /// <summary>
    /// Connects to where a request goes: to the first of its addresses that the grants allow and that answers. TLS is for the
    /// caller to add.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">No grant allows any of the addresses.</exception>
    /// <exception cref="SocketException">None of them answers.</exception>
    internal static async ValueTask<Stream> ConnectAsync(CapabilityGate gate, string method, Uri url, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(url.IdnHost, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(url.IdnHost, cancellation).ConfigureAwait(false);
        Exception? refusal = null;
        foreach (var address in addresses)
        {
            var target = new IPEndPoint(address, url.Port);
            try
            {
                Require(gate, method, url, target);
            }
            catch (UnauthorizedAccessException denied)
            {
                refusal ??= denied;
                continue;
            }

            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(target, cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                refusal = failure;
            }
        }

        throw refusal ?? new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Asks before the name is looked up, and again of the address: what is allowed is recorded with that.</summary>
    internal static void Require(CapabilityGate gate, string method, Uri? url, IPEndPoint? endPoint)
    {
        var asked = new AccessRequest
        {
            Kind = CapabilityKind.Http,
            Operation = Operation,
            Url = url,
            Method = method,
            EndPoint = endPoint,
        };
        var decision = gate.Decide(in asked);
        if (decision.IsAllowed)
        {
            if (endPoint is not null) gate.Conclude(in asked, decision.Grant, Errno.Success);
            return;
        }

        var remedy = decision.Denial.RemedyOption is { } option ? $" It would be allowed by {option}." : "";
        throw new UnauthorizedAccessException(
            $"HTTP request {method} {url} is not allowed: nothing that covers it was granted{(endPoint is null ? "" : $" for its address {endPoint}")}.{remedy}");
    }
}
