using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Certificates, requests for them, and keys.</summary>
internal static class CertificateBuiltins
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("crypto.x509.parse_certificates", (_, a) => new RegoArray(Parse(a.Text(0)).Select(CertificateValue.Of))),
        new("crypto.x509.parse_and_verify_certificates", (context, a) => Verify(context, a.Text(0), RegoObject.Empty)),
        new("crypto.x509.parse_and_verify_certificates_with_options", (context, a) =>
            Verify(context, a.Text(0), a.Object(1))),
        new("crypto.x509.parse_certificate_request", (_, a) => ParseRequest(a.Text(0))),
        new("crypto.x509.parse_keypair", (_, a) => ParsePair(a.Text(0), a.Text(1))),
        new("crypto.x509.parse_rsa_private_key", (_, a) => ParseRsaKey(a.Text(0))),
        new("crypto.parse_private_keys", (_, a) => ParseKeys(a.Text(0))),
    ];

    // Certificates come as PEM, or as Base64 of PEM or of DER, one after another.
    private static List<byte[]> Parse(string text)
    {
        var content = Unwrap(text, "CERTIFICATE");
        return content.Pem is { } blocks ? blocks : [.. SplitDer(content.Der!)];
    }

    private static (List<byte[]>? Pem, byte[]? Der) Unwrap(string text, string label)
    {
        if (text.Contains("-----BEGIN", StringComparison.Ordinal)) return (Blocks(text, label), null);
        var decoded = DecodeBase64(text);
        var inner = Encoding.Latin1.GetString(decoded);
        return inner.Contains("-----BEGIN", StringComparison.Ordinal) ? (Blocks(inner, label), null) : (null, decoded);
    }

    private static byte[] DecodeBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw new BuiltinException("illegal base64 data", exception);
        }
    }

    private static List<byte[]> Blocks(string text, string label) =>
        [.. PemBlocks.Read(text).Where(block => block.Label == label).Select(block => block.Content)];

    private static IEnumerable<byte[]> SplitDer(byte[] content)
    {
        for (var rest = content.AsMemory(); !rest.IsEmpty;)
        {
            if (!TryReadLength(rest.Span, out var length) || length > rest.Length) throw new BuiltinException(
                "x509: malformed certificate");
            yield return rest[..length].ToArray();
            rest = rest[length..];
        }
    }

    private static bool TryReadLength(ReadOnlySpan<byte> content, out int length)
    {
        length = 0;
        if (content.Length < 2 || content[0] != 0x30) return false;
        // DER has no lengths that must be looked for.
        return AsnDecoder.TryReadEncodedValue(content, AsnEncodingRules.DER, out _, out _, out _, out length);
    }

    private static RegoArray Verify(BuiltinContext context, string text, RegoObject options)
    {
        var refused = new RegoArray(false, new RegoArray());
        List<byte[]> parsed;
        try
        {
            parsed = Parse(text);
        }
        catch (BuiltinException)
        {
            return refused;
        }

        if (parsed.Count < 2) return refused;
        var certificates = new List<X509Certificate2>();
        try
        {
            foreach (var der in parsed) certificates.Add(X509CertificateLoader.LoadCertificate(der));
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(certificates[0]);
            foreach (var intermediate in certificates[1..^1]) chain.ChainPolicy.ExtraStore.Add(intermediate);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.VerificationTime = (options["CurrentTime"] is RegoNumber time && time.TryGetInt64(out var given)
                ? DateTimeOffset.UnixEpoch.AddTicks(given / 100)
                : context.Now()).UtcDateTime;
            if (KeyUse(options) is { } use) chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
            if (!chain.Build(certificates[^1])) return refused;
            if (options["DNSName"] is RegoString { Value.Length: > 0 } host
                && !certificates[^1].MatchesHostname(host.Value)) return refused;
            return new RegoArray(true,
                new RegoArray(chain.ChainElements.Select(element => CertificateValue.Of(element.Certificate.RawData))));
        }
        catch (Exception exception) when (
            exception is CryptographicException or BuiltinException { InnerException: not null })
        {
            return refused;
        }
        finally
        {
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    private static string? KeyUse(RegoObject options)
    {
        if (options["KeyUsages"] is not RegoArray uses) return ServerUse;
        return (uses.Count > 0 ? uses[0] : null) is RegoString use ? use.Value switch
        {
            "KeyUsageAny" => null,
            "KeyUsageServerAuth" => ServerUse,
            "KeyUsageClientAuth" => "1.3.6.1.5.5.7.3.2",
            "KeyUsageCodeSigning" => "1.3.6.1.5.5.7.3.3",
            "KeyUsageEmailProtection" => "1.3.6.1.5.5.7.3.4",
            "KeyUsageTimeStamping" => "1.3.6.1.5.5.7.3.8",
            "KeyUsageOCSPSigning" => "1.3.6.1.5.5.7.3.9",
            _ => throw Operands.WrongValue(1, $"invalid key usage {use}"),
        } : ServerUse;
    }

    private static RegoObject ParseRequest(string text)
    {
        var content = Unwrap(text, "CERTIFICATE REQUEST");
        var der = content.Der ?? content.Pem!.FirstOrDefault()
            ?? throw new BuiltinException("invalid PEM-encoded certificate signing request");
        return CertificateValue.OfRequest(der);
    }

    private static RegoObject ParsePair(string certificate, string key)
    {
        var (certificatePem, keyPem) = (AsPem(certificate), AsPem(key));
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            var certificates = Blocks(certificatePem, "CERTIFICATE");
            return new RegoObject(
                new("Certificate", new RegoArray(certificates.Select(der => new RegoString(Convert.ToBase64String(der))))),
                new("Leaf", CertificateValue.Of(certificates[0])));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new BuiltinException($"tls: {exception.Message}", exception);
        }
    }

    private static string AsPem(string text) =>
        text.Contains("-----BEGIN", StringComparison.Ordinal) ? text : Encoding.Latin1.GetString(DecodeBase64(text));

    private static RegoObject ParseRsaKey(string text)
    {
        var pem = AsPem(text);
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            var key = rsa.ExportParameters(includePrivateParameters: true);
            return new RegoObject(
                new("kty", "RSA"), Part("n", key.Modulus), Part("e", key.Exponent), Part("d", key.D), Part("p", key.P),
                Part("q", key.Q), Part("dp", key.DP), Part("dq", key.DQ), Part("qi", key.InverseQ));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new BuiltinException($"failed to parse a private key: {exception.Message}", exception);
        }
    }

    private static KeyValuePair<RegoValue, RegoValue> Part(string name, byte[]? number) =>
        new(name, Base64Url.EncodeToString(number.AsSpan().TrimStart((byte)0)));

    private static RegoValue ParseKeys(string text)
    {
        if (text.Length == 0) return RegoNull.Value;
        var keys = PemBlocks.Read(text.Contains("-----BEGIN", StringComparison.Ordinal) ? text : DecodedOrPlain(text))
            .Where(block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal));
        try
        {
            return new RegoArray(keys.Select(key => CertificateValue.OfPrivateKey(key.Label, key.Content)));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new BuiltinException($"failed to parse a private key: {exception.Message}", exception);
        }
    }

    private static string DecodedOrPlain(string text)
    {
        Span<byte> decoded = new byte[text.Length];
        return Convert.TryFromBase64String(text, decoded, out var length)
            ? Encoding.Latin1.GetString(decoded[..length])
            : text;
    }
}

/// <summary>The blocks of a text in PEM.</summary>
internal static class PemBlocks
{
    public static List<(string Label, byte[] Content)> Read(string text)
    {
        var blocks = new List<(string, byte[])>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            blocks.Add((rest[fields.Label].ToString(), Convert.FromBase64String(rest[fields.Base64Data].ToString())));
        }

        return blocks;
    }
}
