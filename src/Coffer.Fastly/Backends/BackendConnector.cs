using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Coffer.Capabilities;
using Coffer.Plugins.Ambient;

namespace Coffer.Fastly.Backends;

/// <summary>
/// Connects to a backend, at an address that its grants allow, and encrypts the connection. TLS is done here and not by the
/// client, which would take its name from the Host header that the guest wrote. Only for HTTP/2, where the scheme is part of
/// the request, the client does it: then that name is what SNI says, and the certificate is compared with the right one.
/// </summary>
internal static class BackendConnector
{
    public static async ValueTask<Stream> ConnectAsync(
        Backend backend, CapabilityGate gate, string method, Uri url, TimeSpan timeout, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(timeout);
        try
        {
            var plain = await GrantedHttp.ConnectAsync(gate, method, url, late.Token).ConfigureAwait(false);
            return backend.IsTls && !backend.IsGrpc ? await EncryptAsync(backend, plain, late.Token).ConfigureAwait(false) : plain;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ConnectTimeoutException(timeout);
        }
    }

    private static async Task<Stream> EncryptAsync(Backend backend, Stream plain, CancellationToken cancellation)
    {
        var encrypted = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await encrypted.AuthenticateAsClientAsync(OptionsFor(backend), cancellation).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static SslClientAuthenticationOptions OptionsFor(Backend backend)
    {
        var name = backend.CertificateHost ?? backend.Url.IdnHost;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = backend.UsesSni ? name : "",
            EnabledSslProtocols = SslProtocols.None,
            ApplicationProtocols = [backend.IsGrpc ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
        };
        if (backend.ClientCertificate is { } certificate) options.ClientCertificates = [certificate];
        if (backend.Authorities is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        // Without SNI the platform has no name to compare with, and with HTTP/2 another one.
        if (!backend.UsesSni || backend.IsGrpc)
        {
            options.RemoteCertificateValidationCallback = (_, remote, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
                && remote is X509Certificate2 shown && shown.MatchesHostname(name);
        }

        return options;
    }
}
