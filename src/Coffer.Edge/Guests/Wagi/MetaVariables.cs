using System.Diagnostics;
using System.Globalization;
using System.Net;
using Coffer.Wasi;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>
/// What a program is told of its request by variables: those of RFC 3875 (section 4.1), and those that other servers for such
/// modules add.
/// </summary>
internal sealed class MetaVariables(GuestCall call)
{
    // What the guest was granted stands before these: a client cannot put anything in its place.
    private readonly VariableBlock block = new();

    /// <summary>The variables; made when they are asked for.</summary>
    public VariableBlock Make()
    {
        var context = call.Context;
        var request = context.Request;
        var connection = context.Connection;
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var (remote, host) = (AddressOf(connection.RemoteIpAddress), request.Host);
        block.Add("AUTH_TYPE", "");
        Add("CONTENT_LENGTH", request.ContentLength);
        Add("CONTENT_TYPE", request.ContentType);
        block.Add("GATEWAY_INTERFACE", "CGI/1.1");
        Add("PATH_INFO", call.Route.Rest);
        Add("PATH_TRANSLATED", call.Route.Rest);
        Add("QUERY_STRING", request.QueryString.Value is { Length: > 0 } query ? query[1..] : "");
        block.Add("REMOTE_ADDR", remote);
        block.Add("REMOTE_HOST", remote);
        Add("REMOTE_PORT", connection.RemotePort);
        block.Add("REMOTE_USER", "");
        Add("REQUEST_METHOD", request.Method);
        Add("REQUEST_URI", target);
        block.Add("SCRIPT_NAME", call.Route.Prefix);
        Add("SERVER_NAME", host.HasValue ? host.Host : AddressOf(connection.LocalIpAddress));
        Add("SERVER_PORT", host.Port ?? connection.LocalPort);
        block.Add("SERVER_PROTOCOL", request.Protocol);
        block.Add("SERVER_SOFTWARE", "Coffer");
        // As the client wrote it, unless it wrote a whole URL there itself.
        Add("X_FULL_URL", target is ['/', ..] ? $"{request.Scheme}://{host.Value}{target}" : request.GetEncodedUrl());
        block.Add("X_MATCHED_ROUTE", call.Route.Pattern);
        Add("X_RAW_PATH_INFO", call.Route.RawRest);
        block.Add("X_REQUEST_ID", call.RequestId);
        if (request.IsHttps) block.Add("HTTPS", "on");
        AddHeaders(request.Headers);
        return block;
    }

    private void AddHeaders(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if (Activity.Current is not null && name.Equals("traceparent", StringComparison.OrdinalIgnoreCase)) continue;
            if (NameOf(name) is { } variable) Add(variable, values.Count == 1 ? values[0] : Join(name, values));
        }

        // What the guest does, and its own requests, belong to what the server does for this one.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id }) block.Add("HTTP_TRACEPARENT", id);
    }

    private void Add(string name, long? value)
    {
        Span<char> text = stackalloc char[20];
        var length = 0;
        value?.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
        block.Add(name, text[..length]);
    }

    // No guest can receive a NUL, which nothing but a decoded path could have.
    private void Add(string name, string? value)
    {
        if (value is not null && value.Contains('\0', StringComparison.Ordinal)) value = value.Replace("\0", "", StringComparison.Ordinal);
        block.Add(name, value);
    }

    /// <summary>The variable of a header; null for one that programs must not be given.</summary>
    /// <remarks>
    /// <c>Proxy</c> would become HTTP_PROXY, by which libraries choose a proxy. A name with an underscore would become the
    /// variable of another header, which something in front of the server may have checked.
    /// </remarks>
    internal static string? NameOf(string header)
    {
        if (header.Equals("Proxy", StringComparison.OrdinalIgnoreCase)
            || header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
            || header.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
            || header.Equals("Connection", StringComparison.OrdinalIgnoreCase)
            || header.StartsWith(':'))
        {
            return null;
        }

        foreach (var character in header)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '-') return null;
        }

        return string.Create(header.Length + 5, header, static (target, source) =>
        {
            "HTTP_".CopyTo(target);
            for (var i = 0; i < source.Length; i++) target[i + 5] = source[i] == '-' ? '_' : char.ToUpperInvariant(source[i]);
        });
    }

    // Cookies that came in several headers are one list (RFC 9113, section 8.2.3); others are joined as RFC 9110 says.
    private static string Join(string name, IEnumerable<string?> values) =>
        string.Join(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", values);

    private static string AddressOf(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "";
}
