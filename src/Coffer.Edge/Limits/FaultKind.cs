using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Limits;

/// <summary>Why a request was not answered by its guest.</summary>
internal enum FaultKind
{
    /// <summary>It was.</summary>
    None,

    /// <summary>The guest trapped, or exited with an error before it answered.</summary>
    Trap,

    /// <summary>What the guest answered is no answer.</summary>
    BadResponse,

    /// <summary>The time of the request has passed.</summary>
    Time,

    /// <summary>The processor time of the request is used up, or its fuel.</summary>
    ProcessorTime,

    /// <summary>The sandbox needs more memory than it may have.</summary>
    Memory,

    /// <summary>The body of the request is too long.</summary>
    RequestBody,

    /// <summary>The answer is too long.</summary>
    ResponseBody,

    /// <summary>There is no room for the request: too many are being served and wait.</summary>
    Overload,

    /// <summary>The client has gone, or sent what is no request.</summary>
    ClientGone,

    /// <summary>The app cannot be loaded.</summary>
    Unavailable,

    /// <summary>The version was replaced, and the time for its requests to end has passed.</summary>
    Replaced,

    /// <summary>A mistake of the server.</summary>
    Internal,
}

/// <summary>What clients are told.</summary>
internal static class FaultKinds
{
    /// <summary>The status of the answer.</summary>
    public static int StatusOf(FaultKind kind) => kind switch
    {
        FaultKind.BadResponse => StatusCodes.Status502BadGateway,
        FaultKind.Time or FaultKind.ProcessorTime => StatusCodes.Status504GatewayTimeout,
        FaultKind.RequestBody => StatusCodes.Status413PayloadTooLarge,
        FaultKind.Overload or FaultKind.Unavailable or FaultKind.Replaced => StatusCodes.Status503ServiceUnavailable,
        FaultKind.ClientGone => StatusCodes.Status499ClientClosedRequest,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The text of the answer, which says nothing of the host.</summary>
    public static string TextOf(FaultKind kind) => kind switch
    {
        FaultKind.BadResponse => "The application did not answer with HTTP.",
        FaultKind.Time or FaultKind.ProcessorTime => "The application took too long.",
        FaultKind.RequestBody => "The body of the request is too long.",
        FaultKind.Overload => "The application is busy. Try again.",
        FaultKind.Unavailable => "The application is not available.",
        FaultKind.Replaced => "The application was replaced. Try again.",
        _ => "The application failed.",
    };

    /// <summary>The word for logs and metrics.</summary>
    public static string WordOf(FaultKind kind) => kind switch
    {
        FaultKind.None => "none",
        FaultKind.Trap => "trap",
        FaultKind.BadResponse => "bad_response",
        FaultKind.Time => "time",
        FaultKind.ProcessorTime => "cpu",
        FaultKind.Memory => "memory",
        FaultKind.RequestBody => "request_body",
        FaultKind.ResponseBody => "response_body",
        FaultKind.Overload => "overload",
        FaultKind.ClientGone => "client_gone",
        FaultKind.Unavailable => "unavailable",
        FaultKind.Replaced => "replaced",
        _ => "internal",
    };
}
