using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>
/// Backends that a guest registers itself. Whether it may send anything there is asked when it does: of the grants of the
/// application, which a backend of the configuration does not need.
/// </summary>
internal static class DynamicBackends
{
    private const int MaximumText = 1024, MaximumCertificates = 64 << 10;

    [Flags]
    private enum Options
    {
        Reserved = 1 << 0,
        HostOverride = 1 << 1,
        ConnectTimeout = 1 << 2,
        FirstByteTimeout = 1 << 3,
        BetweenBytesTimeout = 1 << 4,
        UseTls = 1 << 5,
        CertificateHost = 1 << 8,
        Authorities = 1 << 9,
        Sni = 1 << 11,
        ClientCertificate = 1 << 13,
        Grpc = 1 << 14,
        All = (1 << 19) - 1,
    }

    // Where the fields are in the guest's block; texts are followed by their lengths.
    private enum Field
    {
        HostOverride = 0,
        ConnectTimeout = 8,
        FirstByteTimeout = 12,
        BetweenBytesTimeout = 16,
        CertificateHost = 28,
        Authorities = 36,
        Sni = 52,
        ClientCertificate = 60,
        ClientKey = 68,
    }

    public static FastlyStatus Register(HostCall call, int name, int nameLength, int target, int targetLength, int mask, int block)
    {
        var options = (Options)mask;
        if ((options & ~Options.All) != 0 || (options & Options.Reserved) != 0) return FastlyStatus.InvalidArgument;
        var named = call.Text(name, nameLength, 255);
        var origin = call.Text(target, targetLength, MaximumText);
        var scheme = (options & Options.UseTls) != 0 ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        if (named.Length == 0 || !Uri.TryCreate($"{scheme}://{origin}/", UriKind.Absolute, out var url) || url.AbsolutePath != "/" || url.UserInfo.Length > 0 || url.Query.Length > 0)
        {
            return FastlyStatus.InvalidArgument;
        }

        var overridden = (options & Options.HostOverride) != 0 ? TextOf(call, block, Field.HostOverride) : null;
        if (overridden is not null && !HeaderText.IsValue(System.Text.Encoding.UTF8.GetBytes(overridden))) return FastlyStatus.Error;
        var certificateHost = (options & Options.CertificateHost) != 0 ? TextOf(call, block, Field.CertificateHost) : null;
        var usesSni = true;
        if ((options & Options.Sni) != 0)
        {
            usesSni = call.ReadU32(block + (int)Field.Sni + 4) != 0;
            var sni = usesSni ? TextOf(call, block, Field.Sni) : null;
            // One name is sent and compared.
            if (sni is not null && certificateHost is not null && sni != certificateHost) return FastlyStatus.InvalidArgument;
            certificateHost ??= sni;
        }

        var backend = new Backend
        {
            Name = named,
            Url = url,
            OverrideHost = overridden,
            CertificateHost = certificateHost,
            UsesSni = usesSni,
            IsGrpc = (options & Options.Grpc) != 0,
            Authorities = (options & Options.Authorities) != 0 && url.Scheme == Uri.UriSchemeHttps ? AuthoritiesOf(call, block) : null,
            ClientCertificate = (options & Options.ClientCertificate) != 0 ? CertificateOf(call, block) : null,
            ConnectTimeout = TimeOf(call, block, options, Options.ConnectTimeout, Field.ConnectTimeout),
            FirstByteTimeout = TimeOf(call, block, options, Options.FirstByteTimeout, Field.FirstByteTimeout),
            BetweenBytesTimeout = TimeOf(call, block, options, Options.BetweenBytesTimeout, Field.BetweenBytesTimeout),
            IsDynamic = true,
        };
        return call.Session.TryAdd(backend) ? FastlyStatus.Ok : FastlyStatus.Error;
    }

    private static TimeSpan? TimeOf(HostCall call, int block, Options options, Options option, Field field) =>
        (options & option) == 0 ? null : TimeSpan.FromMilliseconds(Math.Min(call.ReadU32(block + (int)field), int.MaxValue));

    private static string TextOf(HostCall call, int block, Field field)
    {
        var length = (int)call.ReadU32(block + (int)field + 4);
        return length == 0 ? throw new StatusException(FastlyStatus.InvalidArgument) : call.Text((int)call.ReadU32(block + (int)field), length, MaximumText);
    }

    private static X509Certificate2Collection AuthoritiesOf(HostCall call, int block)
    {
        var pem = PemOf(call, block, Field.Authorities);
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            throw new StatusException(FastlyStatus.Error);
        }

        return authorities.Count > 0 ? authorities : throw new StatusException(FastlyStatus.InvalidArgument);
    }

    private static X509Certificate2 CertificateOf(HostCall call, int block)
    {
        var pem = PemOf(call, block, Field.ClientCertificate);
        var key = System.Text.Encoding.UTF8.GetString(call.Handles.Get<Secret>((int)call.ReadU32(block + (int)Field.ClientKey)).Reveal());
        try
        {
            return X509Certificate2.CreateFromPem(pem, key);
        }
        catch (CryptographicException)
        {
            throw new StatusException(FastlyStatus.InvalidArgument);
        }
    }

    private static string PemOf(HostCall call, int block, Field field)
    {
        var length = (int)call.ReadU32(block + (int)field + 4);
        if (length == 0) throw new StatusException(FastlyStatus.InvalidArgument);
        return call.Text((int)call.ReadU32(block + (int)field), length, MaximumCertificates);
    }
}
