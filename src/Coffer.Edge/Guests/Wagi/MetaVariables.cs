using System.Diagnostics;
using System.Globalization;
using System.Net;
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
    /// <summary>The variables; made when they are asked for.</summary>
    public List<KeyValuePair<string, string>> List()
    {
        var context = call.Context;
        var request = context.Request;
        var connection = context.Connection;
        var list = new List<KeyValuePair<string, string>>(32);
        Add(list, "AUTH_TYPE", "");
        Add(list, "CONTENT_LENGTH", request.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "");
        Add(list, "CONTENT_TYPE", request.ContentType ?? "");
        Add(list, "GATEWAY_INTERFACE", "CGI/1.1");
        Add(list, "PATH_INFO", call.Route.Rest);
        Add(list, "PATH_TRANSLATED", call.Route.Rest);
        Add(list, "QUERY_STRING", request.QueryString.HasValue ? request.QueryString.Value![1..] : "");
        Add(list, "REMOTE_ADDR", AddressOf(connection.RemoteIpAddress));
        Add(list, "REMOTE_HOST", AddressOf(connection.RemoteIpAddress));
        Add(list, "REMOTE_PORT", connection.RemotePort.ToString(CultureInfo.InvariantCulture));
        Add(list, "REMOTE_USER", "");
        Add(list, "REQUEST_METHOD", request.Method);
        Add(list, "REQUEST_URI", context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        Add(list, "SCRIPT_NAME", call.Route.Prefix);
        Add(list, "SERVER_NAME", request.Host.HasValue ? request.Host.Host : AddressOf(connection.LocalIpAddress));
        Add(list, "SERVER_PORT", (request.Host.Port ?? connection.LocalPort).ToString(CultureInfo.InvariantCulture));
        Add(list, "SERVER_PROTOCOL", request.Protocol);
        Add(list, "SERVER_SOFTWARE", "Coffer");
        Add(list, "X_FULL_URL", request.GetEncodedUrl());
        Add(list, "X_MATCHED_ROUTE", call.Route.Pattern);
        Add(list, "X_RAW_PATH_INFO", call.Route.RawRest);
        Add(list, "X_REQUEST_ID", call.RequestId);
        if (request.IsHttps) Add(list, "HTTPS", "on");
        foreach (var (name, values) in request.Headers)
        {
            if (name == "traceparent" && Activity.Current is not null) continue;
            if (NameOf(name) is { } variable) Add(list, variable, values.Count == 1 ? values[0] ?? "" : Join(name, values));
        }

        // What the guest does, and its own requests, belong to what the server does for this one.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id }) Add(list, "HTTP_TRACEPARENT", id);
        return list;
    }

    // What the guest was granted stands before these and has another beginning; NUL would end the list of a C program.
    private static void Add(List<KeyValuePair<string, string>> list, string name, string value) =>
        list.Add(new(name, value.Contains('\0', StringComparison.Ordinal) ? value.Replace("\0", "", StringComparison.Ordinal) : value));

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
