using System.Globalization;
using System.Net;
using System.Text;
using Coffer.Fastly.Messages;
using Coffer.Fastly.Running;

namespace Coffer.Fastly.Abi;

/// <summary>
/// What is known of the client and its connection. Each is there twice: for the request of a handle, and, as it was at first,
/// for the one request of the run.
/// </summary>
internal static class DownstreamFunctions
{
    private const int Ipv6Length = 16;
    private const string ComplianceRegion = "none", KeyHeader = "fastly-key";

    // What this host never knows: fingerprints of clients, and what services judge of them.
    private static readonly string[] UnknownTexts =
    [
        "downstream_client_h2_fingerprint", "downstream_client_oh_fingerprint", "downstream_tls_client_hello", "downstream_tls_ja4",
    ];

    private static readonly string[] UnknownFlags =
    [
        "downstream_resvpnproxy_is_anonymous", "downstream_resvpnproxy_is_anonymous_vpn", "downstream_resvpnproxy_is_hosting_provider",
        "downstream_resvpnproxy_is_proxy_over_vpn", "downstream_resvpnproxy_is_public_proxy", "downstream_resvpnproxy_is_relay_proxy",
        "downstream_resvpnproxy_is_residential_proxy", "downstream_resvpnproxy_is_smart_dns_proxy", "downstream_resvpnproxy_is_tor_exit_node",
        "downstream_resvpnproxy_is_vpn_datacenter",
    ];

    // The order is that of their numbers.
    private static readonly string[] BotCategories =
    [
        "none", "suspected", "accessibility", "ai-crawler", "ai-fetcher", "content-fetcher", "monitoring-site-tools", "online-marketing",
        "page-preview", "platform-integration", "research", "search-engine-crawler", "search-engine-optimization", "security-tools", "headless",
    ];

    private delegate FastlyStatus ValueFunction(HostCall call, RequestHead request, int result);

    private delegate FastlyStatus TextFunction(HostCall call, RequestHead request, int buffer, int length, int writtenTo);

    private static readonly (string Name, ValueFunction Function)[] Values =
    [
        ("downstream_client_ddos_detected", static (call, _, result) => Give(call, result, 0)),
        ("downstream_tls_client_cert_verify_result", VerifyResult),
    ];

    private static readonly (string Name, TextFunction Function)[] Texts =
    [
        ("downstream_client_request_id", static (call, request, buffer, length, writtenTo) => call.Give(request.Downstream!.RequestId, buffer, length, writtenTo)),
        ("downstream_tls_cipher_openssl_name", static (call, request, buffer, length, writtenTo) => Give(call, request.Downstream!.Tls?.Cipher, buffer, length, writtenTo)),
        ("downstream_tls_protocol", static (call, request, buffer, length, writtenTo) => Give(call, request.Downstream!.Tls?.Protocol, buffer, length, writtenTo)),
        ("downstream_tls_raw_client_certificate", static (call, request, buffer, length, writtenTo) =>
            request.Downstream!.Tls?.ClientCertificate is { } certificate ? call.Give(certificate.Span, buffer, length, writtenTo) : FastlyStatus.None),
        ("downstream_compliance_region", static (call, _, buffer, length, writtenTo) => call.Give(ComplianceRegion, buffer, length, writtenTo)),
        .. UnknownTexts.Select(name => (name, (TextFunction)(static (_, _, _, _, _) => FastlyStatus.None))),
    ];

    /// <summary>The functions for the request of the run.</summary>
    public static void DefineOld(HostFunctions host)
    {
        foreach (var (name, function) in Values) host.Is(name, (call, result) => function(call, Own(call), result));
        foreach (var (name, function) in Texts) host.Is(name, (call, buffer, length, writtenTo) => function(call, Own(call), buffer, length, writtenTo));
        host.Is("downstream_client_ip_addr", (call, octets, result) => Address(call, Own(call).Downstream!.ClientAddress, octets, result));
        host.Is("downstream_server_ip_addr", (call, octets, result) => Address(call, Own(call).Downstream!.ServerAddress, octets, result));
        host.Is("downstream_tls_ja3_md5", (_, _, _) => FastlyStatus.None);
        host.Is("original_header_names_get", (call, buffer, length, cursor, endingTo, writtenTo) =>
            HeaderFunctions.Names(call, Own(call).OriginalHeaders!, buffer, length, cursor, endingTo, writtenTo));
        host.Is("original_header_count", (call, result) => Give(call, result, Own(call).OriginalHeaders!.Count));
        host.Is("fastly_key_is_valid", (call, result) => IsKeyValid(call, Own(call), result));
    }

    /// <summary>The functions for the request of a handle.</summary>
    public static void Define(HostFunctions host)
    {
        foreach (var (name, function) in Values) host.Is(name, (call, handle, result) => function(call, Of(call, handle), result));
        foreach (var (name, function) in Texts)
        {
            host.Is(name, (call, handle, buffer, length, writtenTo) => function(call, Of(call, handle), buffer, length, writtenTo));
        }

        host.Is("downstream_client_ip_addr", (call, handle, octets, result) => Address(call, Of(call, handle).Downstream!.ClientAddress, octets, result));
        host.Is("downstream_server_ip_addr", (call, handle, octets, result) => Address(call, Of(call, handle).Downstream!.ServerAddress, octets, result));
        host.Is("downstream_tls_ja3_md5", (call, handle, _, _) => Absent(call, handle));
        host.Is("downstream_tls_client_servername", (call, handle, buffer, length, writtenTo) =>
            Give(call, Of(call, handle).Downstream!.Tls?.ServerName, buffer, length, writtenTo));
        host.Is("downstream_original_header_names", (call, handle, buffer, length, cursor, endingTo, writtenTo) =>
            HeaderFunctions.Names(call, Of(call, handle).OriginalHeaders!, buffer, length, cursor, endingTo, writtenTo));
        host.Is("downstream_original_header_count", (call, handle, result) => Give(call, result, Of(call, handle).OriginalHeaders!.Count));
        host.Is("fastly_key_is_valid", (call, handle, result) => IsKeyValid(call, Of(call, handle), result));
        foreach (var name in UnknownFlags) host.Is(name, (call, handle, _) => Absent(call, handle));
        host.Is("downstream_resvpnproxy_vpn_service_name", (call, handle, _, _, _) => Absent(call, handle));
        host.IsUnsupported("downstream_visits_this_service", 1);
        host.IsUnsupported("downstream_visits_this_pop", 1);
        DefineBots(host);
        DefineNext(host);
    }

    // As in local tests, who tries a program says by headers what the service would find out.
    private static void DefineBots(HostFunctions host)
    {
        host.Is("downstream_bot_analyzed", (call, handle, result) => Give(call, result, BotHeader(call, handle, "analyzed") == "true" ? 1 : 0));
        host.Is("downstream_bot_detected", (call, handle, result) => Give(call, result, BotHeader(call, handle, "detected") == "true" ? 1 : 0));
        host.Is("downstream_bot_verified", (call, handle, result) =>
            BotHeader(call, handle, "verified") is { } verified ? Give(call, result, verified == "true" ? 1 : 0) : FastlyStatus.None);
        host.Is("downstream_bot_name", (call, handle, buffer, length, writtenTo) => Give(call, BotHeader(call, handle, "name"), buffer, length, writtenTo));
        host.Is("downstream_bot_category", (call, handle, buffer, length, writtenTo) => Give(call, BotHeader(call, handle, "category"), buffer, length, writtenTo));
        host.Is("downstream_bot_category_kind", (call, handle, result) =>
        {
            if (BotHeader(call, handle, "category")?.ToLowerInvariant() is not { } category) return FastlyStatus.None;
            var number = Array.IndexOf(BotCategories, category);
            if (number < 0 && !int.TryParse(category, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return FastlyStatus.None;
            return Give(call, result, number);
        });
    }

    private static string? BotHeader(HostCall call, int handle, string what) => Of(call, handle).OriginalHeaders!.FindText("x-fastly-bot-" + what);

    private sealed class RequestPromise : IAsyncItem
    {
        public Task WhenReady() => Task.CompletedTask;
    }

    // A sandbox serves one request: whoever asks for another learns at once that none will come.
    private static void DefineNext(HostFunctions host)
    {
        host.Is("next_request", (call, mask, options, result) =>
        {
            if ((mask & 2) != 0) call.ReadU64(options);
            call.Write(result, call.Handles.Add(new RequestPromise()));
            return FastlyStatus.Ok;
        });
        host.Is("next_request_wait", (call, handle, _, _) =>
        {
            call.Handles.Take<RequestPromise>(handle);
            return FastlyStatus.None;
        });
        host.Is("next_request_abandon", (call, handle) =>
        {
            call.Handles.Take<RequestPromise>(handle);
            return FastlyStatus.Ok;
        });
    }

    private static RequestHead Own(HostCall call) => call.Session.Request;

    /// <summary>The request of a handle, which is known also when it was closed; one that the guest made came from nobody.</summary>
    private static RequestHead Of(HostCall call, int handle)
    {
        if (handle == call.Session.RequestHandle) return call.Session.Request;
        var request = call.Handles.Get<RequestHead>(handle);
        return request.Downstream is not null ? request : throw new StatusException(FastlyStatus.Error);
    }

    private static FastlyStatus Absent(HostCall call, int handle)
    {
        Of(call, handle);
        return FastlyStatus.None;
    }

    private static FastlyStatus Give(HostCall call, int result, int value)
    {
        call.Write(result, value);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Give(HostCall call, string? text, int buffer, int length, int writtenTo) =>
        text is null ? FastlyStatus.None : call.Give(text, buffer, length, writtenTo);

    private static FastlyStatus Address(HostCall call, IPAddress address, int octets, int result)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Length];
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        address.TryWriteBytes(bytes, out var count);
        bytes[..count].CopyTo(call.Room(octets, count));
        call.Write(result, count);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus VerifyResult(HostCall call, RequestHead request, int result)
    {
        const int ok = 0, missing = 5;
        if (request.Downstream!.Tls is not { } tls) return FastlyStatus.None;
        // The server has refused what it did not believe.
        return Give(call, result, tls.ClientCertificate is null ? missing : ok);
    }

    private static FastlyStatus IsKeyValid(HostCall call, RequestHead request, int result)
    {
        var key = request.OriginalHeaders!.Find(KeyHeader);
        var isValid = key is not null && call.Session.Application.Configuration.ValidKeys.Contains(Encoding.UTF8.GetString(key));
        return Give(call, result, isValid ? 1 : 0);
    }
}
