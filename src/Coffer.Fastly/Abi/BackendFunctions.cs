using Coffer.Fastly.Backends;
using Coffer.Fastly.Configuration;

namespace Coffer.Fastly.Abi;

/// <summary>What is known of backends, and of shields, which are backends with a place.</summary>
internal static class BackendFunctions
{
    private const int MaximumName = 1024;

    public static void Define(HostFunctions host)
    {
        host.Is("exists", (call, name, length, result) =>
        {
            call.Write(result, call.Session.FindBackend(call.Text(name, length, MaximumName)) is not null);
            return FastlyStatus.Ok;
        });
        Number(host, "is_healthy", (_, backend) => (uint)backend.Health);
        Number(host, "is_dynamic", (_, backend) => backend.IsDynamic ? 1U : 0);
        Number(host, "is_ssl", (_, backend) => backend.IsTls ? 1U : 0);
        Number(host, "get_connect_timeout_ms", (limits, backend) => Milliseconds(backend.ConnectTimeout ?? limits.ConnectTimeout));
        Number(host, "get_first_byte_timeout_ms", (limits, backend) => Milliseconds(backend.FirstByteTimeout ?? limits.FirstByteTimeout));
        Number(host, "get_between_bytes_timeout_ms", (_, backend) => Milliseconds(backend.BetweenBytesTimeout ?? TimeSpan.Zero));
        // Connections are kept by the host as it likes; nothing of that is the guest's.
        foreach (var name in new[] { "get_http_keepalive_time", "get_tcp_keepalive_enable", "get_tcp_keepalive_interval", "get_tcp_keepalive_probes", "get_tcp_keepalive_time" })
        {
            Number(host, name, (_, _) => 0);
        }

        host.Is("get_port", (call, name, length, result) =>
        {
            call.Write(result, (ushort)Find(call, name, length).Url.Port);
            return FastlyStatus.Ok;
        });
        host.Is("get_host", (call, name, length, buffer, size, writtenTo) => call.Give(Find(call, name, length).Url.IdnHost, buffer, size, writtenTo));
        host.Is("get_override_host", (call, name, length, buffer, size, writtenTo) =>
            Find(call, name, length).OverrideHost is { } overridden ? call.Give(overridden, buffer, size, writtenTo) : FastlyStatus.None);
        // The versions that are offered are the platform's.
        foreach (var name in new[] { "get_ssl_min_version", "get_ssl_max_version" })
        {
            host.Is(name, (call, backend, length, _) =>
            {
                Find(call, backend, length);
                return FastlyStatus.None;
            });
        }
    }

    public static void DefineShielding(HostFunctions host)
    {
        host.Is("shield_info", (call, name, nameLength, buffer, length, result) =>
        {
            var text = call.Text(name, nameLength, MaximumName);
            if (!call.Session.Application.Configuration.ShieldingSites.TryGetValue(text, out var site)) return FastlyStatus.InvalidArgument;
            var info = site.ToInfo();
            if (info.Length > (uint)length) return FastlyStatus.BufferLength;
            info.CopyTo(call.Room(buffer, info.Length));
            call.Write(result, info.Length);
            return FastlyStatus.Ok;
        });
        host.Is("backend_for_shield", BackendForShield);
    }

    // mask bits; the block is a cache key with its length and two times.
    private static FastlyStatus BackendForShield(HostCall call, int shield, int shieldLength, int mask, int options, int buffer, int length, int result)
    {
        const int reserved = 1, withCacheKey = 2, withFirstByte = 4, withBetweenBytes = 8;
        var text = call.Text(shield, shieldLength, MaximumName);
        if ((mask & reserved) != 0 || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return FastlyStatus.InvalidArgument;
        if ((mask & withCacheKey) != 0) call.Text((int)call.ReadU32(options), (int)call.ReadU32(options + 4), MaximumName);
        // Only a site of the configuration is the operator's choice; any other URL is a backend that the guest has made up.
        var isSite = call.Session.Application.Configuration.ShieldingSites.Values.Any(site => site.Leads(url));
        var backend = new Backend
        {
            Name = $"******{text}*****",
            Url = url,
            FirstByteTimeout = (mask & withFirstByte) != 0 ? TimeSpan.FromMilliseconds(call.ReadU32(options + 8)) : null,
            BetweenBytesTimeout = (mask & withBetweenBytes) != 0 ? TimeSpan.FromMilliseconds(call.ReadU32(options + 12)) : null,
            IsDynamic = !isSite,
        };
        var name = System.Text.Encoding.UTF8.GetBytes(backend.Name);
        if (name.Length > (uint)length) return FastlyStatus.BufferLength;
        if (!call.Session.TryAdd(backend)) return FastlyStatus.Error;
        name.CopyTo(call.Room(buffer, name.Length));
        call.Write(result, name.Length);
        return FastlyStatus.Ok;
    }

    private static void Number(HostFunctions host, string name, Func<FastlyLimits, Backend, uint> value) => host.Is(name, (call, backend, length, result) =>
    {
        call.Write(result, value(call.Session.Limits, Find(call, backend, length)));
        return FastlyStatus.Ok;
    });

    private static Backend Find(HostCall call, int name, int length) =>
        call.Session.FindBackend(call.Text(name, length, MaximumName)) ?? throw new StatusException(FastlyStatus.InvalidArgument);

    private static uint Milliseconds(TimeSpan time) => (uint)Math.Min(time.TotalMilliseconds, uint.MaxValue);
}
