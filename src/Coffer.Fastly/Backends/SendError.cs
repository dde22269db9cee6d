using System.Net.Sockets;
using System.Security.Authentication;
using Coffer.Fastly.Abi;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Backends;

/// <summary>Why a request to a backend failed; the numbers are the ABI's (<c>send_error_detail_tag</c>).</summary>
internal enum SendErrorKind
{
    Uninitialized = 0,
    Ok = 1,
    DnsTimeout = 2,
    DnsError = 3,
    DestinationNotFound = 4,
    DestinationUnavailable = 5,
    DestinationIpUnroutable = 6,
    ConnectionRefused = 7,
    ConnectionTerminated = 8,
    ConnectionTimeout = 9,
    ConnectionLimitReached = 10,
    TlsCertificateError = 11,
    TlsConfigurationError = 12,
    HttpIncompleteResponse = 13,
    HttpResponseHeaderSectionTooLarge = 14,
    HttpResponseBodyTooLarge = 15,
    HttpResponseTimeout = 16,
    HttpResponseStatusInvalid = 17,
    HttpUpgradeFailed = 18,
    HttpProtocolError = 19,
    HttpRequestCacheKeyInvalid = 20,
    HttpRequestUriInvalid = 21,
    InternalError = 22,
    TlsAlertReceived = 23,
    TlsProtocolError = 24,
    Http2Error = 25,
}

/// <summary>A request to a backend failed.</summary>
internal sealed class SendException(SendErrorKind kind, FastlyStatus status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public SendErrorKind Kind => kind;

    public FastlyStatus Status => status;

    /// <summary>What a failure of the client means in the words of the ABI.</summary>
    public static SendException Of(Backend backend, Exception failure)
    {
        var (kind, status) = Classify(failure);
        return new SendException(kind, status, $"backend \"{backend.Name}\" ({backend.Url.GetLeftPart(UriPartial.Authority)}): {Innermost(failure)}", failure);
    }

    private static (SendErrorKind Kind, FastlyStatus Status) Classify(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case UnauthorizedAccessException: return (SendErrorKind.DestinationUnavailable, FastlyStatus.Error);
                case ConnectTimeoutException: return (SendErrorKind.ConnectionTimeout, FastlyStatus.Error);
                case TimeoutException: return (SendErrorKind.HttpResponseTimeout, FastlyStatus.Error);
                case AuthenticationException: return (SendErrorKind.TlsCertificateError, FastlyStatus.Error);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }: return (SendErrorKind.ConnectionRefused, FastlyStatus.Error);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }: return (SendErrorKind.DnsError, FastlyStatus.Error);
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }: return (SendErrorKind.DestinationIpUnroutable, FastlyStatus.Error);
                case SocketException { SocketErrorCode: SocketError.TimedOut }: return (SendErrorKind.ConnectionTimeout, FastlyStatus.Error);
                case AbandonedBodyException: return (SendErrorKind.HttpProtocolError, FastlyStatus.HttpUser);
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }: return (SendErrorKind.HttpIncompleteResponse, FastlyStatus.HttpIncomplete);
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }: return (SendErrorKind.HttpProtocolError, FastlyStatus.HttpInvalid);
                case HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }: return (SendErrorKind.HttpResponseHeaderSectionTooLarge, FastlyStatus.HttpHeadTooLarge);
                case HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError }: return (SendErrorKind.Http2Error, FastlyStatus.Error);
                case StatusException limit: return (SendErrorKind.InternalError, limit.Status);
            }
        }

        return failure is IOException ? (SendErrorKind.ConnectionTerminated, FastlyStatus.Error) : (SendErrorKind.InternalError, FastlyStatus.Error);
    }

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner) failure = inner;
        return failure.Message;
    }
}

/// <summary>Connecting took longer than it may.</summary>
internal sealed class ConnectTimeoutException(TimeSpan timeout) : Exception($"connecting took longer than {timeout.TotalMilliseconds} ms");
