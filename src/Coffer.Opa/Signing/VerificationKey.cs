using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coffer.Opa.Values;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Coffer.Opa.Signing;

/// <summary>A key that signatures are verified with, and made with where it has a private part.</summary>
internal abstract record VerificationKey
{
    /// <summary>The name of the key, when it has one.</summary>
    public string? Id { get; init; }

    /// <summary>The algorithm that it is for, when it is for one only.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The keys of a text: a certificate or public key in PEM, a key of JSON, or a set of such keys.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static IReadOnlyList<VerificationKey> ReadAll(string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("-----BEGIN")) return [ReadPem(text)];
        try
        {
            if (RegoValue.Parse(text) is not RegoObject document) throw new FormatException(
                "a key must be PEM, or an object of JSON");
            return document["keys"] is RegoArray keys
                ? [.. keys.OfType<RegoObject>().Select(ReadJson).OfType<VerificationKey>()]
                : [ReadJson(document) ?? throw UnknownType(document)];
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or ArgumentException)
        {
            throw new FormatException($"failed to parse a JWK key (set): {exception.Message}", exception);
        }
    }

    /// <summary>One key of JSON (RFC 7517); null when its type is not known.</summary>
    /// <exception cref="FormatException">Something of it is missing, or cannot be read.</exception>
    public static VerificationKey? ReadJson(RegoObject key)
    {
        VerificationKey? read = Text(key, "kty") switch
        {
            "oct" => new SecretKey(Bytes(key, "k")),
            "RSA" => new RsaKey(RSA.Create(RsaParameters(key))),
            "EC" => new EllipticKey(ECDsa.Create(CurveParameters(key))),
            "OKP" when Text(key, "crv") == "Ed25519" && Bytes(key, "x").Length != 32 =>
                throw new FormatException("the key \"x\" of Ed25519 must have 32 bytes"),
            "OKP" when Text(key, "crv") == "Ed25519" =>
                new EdwardsKey(Bytes(key, "x")) { Secret = key["d"] is null ? null : Bytes(key, "d") },
            _ => null,
        };
        return read is null ? null : read with { Id = Text(key, "kid"), Algorithm = Text(key, "alg") };
    }

    private static VerificationKey ReadPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields)) throw new FormatException("failed to parse a PEM certificate");
        if (!text.AsSpan(fields.Location.End.GetOffset(text.Length)).IsWhiteSpace()) throw new FormatException(
            "extra data after a PEM certificate block");
        var der = Convert.FromBase64String(text[fields.Base64Data]);
        try
        {
            switch (text[fields.Label])
            {
                case "CERTIFICATE":
                    return OfCertificate(X509CertificateLoader.LoadCertificate(der))
                        ?? throw new FormatException("the certificate has a key of an unknown kind");
                case "PUBLIC KEY":
                    return OfPublicKey(der);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or IOException)
        {
            throw new FormatException($"failed to parse a PEM certificate: {exception.Message}", exception);
        }

        throw new FormatException("failed to extract a Key from the PEM certificate");
    }

    private static VerificationKey OfPublicKey(byte[] der)
    {
        switch (PublicKeyFactory.CreateKey(der))
        {
            case Ed25519PublicKeyParameters edwards:
                return new EdwardsKey(edwards.GetEncoded());
            case ECKeyParameters:
                var curve = ECDsa.Create();
                curve.ImportSubjectPublicKeyInfo(der, out _);
                return new EllipticKey(curve);
            default:
                var rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(der, out _);
                return new RsaKey(rsa);
        }
    }

    /// <summary>The public key of a certificate; null when its kind is not known.</summary>
    public static VerificationKey? OfCertificate(X509Certificate2 certificate)
    {
        if (certificate.GetRSAPublicKey() is { } rsa) return new RsaKey(rsa);
        if (certificate.GetECDsaPublicKey() is { } curve) return new EllipticKey(curve);
        return certificate.PublicKey.Oid.Value == "1.3.101.112"
            ? new EdwardsKey(certificate.PublicKey.EncodedKeyValue.RawData)
            : null;
    }

    private static RSAParameters RsaParameters(RegoObject key)
    {
        var parameters = new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") };
        if (key["d"] is null) return parameters;
        var length = parameters.Modulus.Length;
        parameters.D = Padded(Bytes(key, "d"), length);
        parameters.P = Bytes(key, "p");
        parameters.Q = Bytes(key, "q");
        parameters.DP = Padded(Bytes(key, "dp"), (length + 1) / 2);
        parameters.DQ = Padded(Bytes(key, "dq"), (length + 1) / 2);
        parameters.InverseQ = Padded(Bytes(key, "qi"), (length + 1) / 2);
        return parameters;
    }

    private static ECParameters CurveParameters(RegoObject key)
    {
        var (curve, length) = Text(key, "crv") switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            var other => throw new FormatException($"the curve {other} is unknown"),
        };
        return new ECParameters
        {
            Curve = curve,
            Q = new ECPoint { X = Padded(Bytes(key, "x"), length), Y = Padded(Bytes(key, "y"), length) },
            D = key["d"] is null ? null : Padded(Bytes(key, "d"), length),
        };
    }

    // Numbers are written without zeros at their beginning, which the platform wants.
    private static byte[] Padded(byte[] bytes, int length) =>
        bytes.Length >= length ? bytes : [.. new byte[length - bytes.Length], .. bytes];

    private static string? Text(RegoObject key, string name) => (key[name] as RegoString)?.Value;

    private static byte[] Bytes(RegoObject key, string name) => Text(key, name) is { } text
        ? Base64Url.DecodeFromChars(text)
        : throw new FormatException($"the key lacks \"{name}\"");

    private static FormatException UnknownType(RegoObject key) =>
        new($"the type of key {key["kty"]?.ToString() ?? "(none)"} is unknown");
}

/// <summary>A shared secret.</summary>
internal sealed record SecretKey(byte[] Secret) : VerificationKey
{
    /// <summary>The secret that a text is.</summary>
    public static SecretKey Of(string text) => new(Encoding.UTF8.GetBytes(text));
}

/// <summary>A key of RSA.</summary>
internal sealed record RsaKey(RSA Rsa) : VerificationKey;

/// <summary>A key of an elliptic curve.</summary>
internal sealed record EllipticKey(ECDsa Curve) : VerificationKey;

/// <summary>A key of the curve Ed25519.</summary>
internal sealed record EdwardsKey(byte[] Point) : VerificationKey
{
    /// <summary>The private part; null when it is not known.</summary>
    public byte[]? Secret { get; init; }
}
