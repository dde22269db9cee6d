using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Coffer.Opa.Signing;

/// <summary>An algorithm of signatures by its name in tokens (RFC 7518), such as <c>RS256</c>.</summary>
internal sealed record SignatureAlgorithm(string Name, SignatureFamily Family, HashAlgorithmName Hash)
{
    private static readonly Dictionary<string, SignatureAlgorithm> Known = new(StringComparer.Ordinal)
    {
        ["EdDSA"] = new("EdDSA", SignatureFamily.EdDsa, HashAlgorithmName.SHA512),
    };

    static SignatureAlgorithm()
    {
        (string, SignatureFamily)[] families = [
            ("HS", SignatureFamily.Hmac), ("RS", SignatureFamily.Rsa), ("PS", SignatureFamily.RsaPss),
            ("ES", SignatureFamily.Ecdsa)];
        (string, HashAlgorithmName)[] hashes = [
            ("256", HashAlgorithmName.SHA256), ("384", HashAlgorithmName.SHA384), ("512", HashAlgorithmName.SHA512)];
        foreach (var (prefix, family) in families)
        {
            foreach (var (size, hash) in hashes) Known[prefix + size] = new(prefix + size, family, hash);
        }
    }

    /// <summary>The algorithm of a name, or null.</summary>
    public static SignatureAlgorithm? Find(string name) => Known.GetValueOrDefault(name);

    /// <summary>Whether a signature is right.</summary>
    /// <param name="key">The key; one of another kind verifies nothing.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">The signature as tokens have it.</param>
    public bool Verify(VerificationKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            return (Family, key) switch
            {
                (SignatureFamily.Hmac, SecretKey secret) =>
                    CryptographicOperations.FixedTimeEquals(Mac(secret.Secret, message), signature),
                (SignatureFamily.Rsa, RsaKey rsa) => rsa.Rsa.VerifyData(message, signature, Hash, RSASignaturePadding.Pkcs1),
                (SignatureFamily.RsaPss, RsaKey rsa) => rsa.Rsa.VerifyData(message, signature, Hash, RSASignaturePadding.Pss),
                (SignatureFamily.Ecdsa, EllipticKey curve) =>
                    curve.Curve.VerifyData(message, signature, Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                (SignatureFamily.EdDsa, EdwardsKey edwards) => VerifyEdwards(edwards.Point, message, signature),
                _ => false,
            };
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Signs.</summary>
    /// <exception cref="CryptographicException">The key is not one that signs with this algorithm.</exception>
    public byte[] Sign(VerificationKey key, byte[] message) => (Family, key) switch
    {
        (SignatureFamily.Hmac, SecretKey secret) => Mac(secret.Secret, message),
        (SignatureFamily.Rsa, RsaKey rsa) => rsa.Rsa.SignData(message, Hash, RSASignaturePadding.Pkcs1),
        (SignatureFamily.RsaPss, RsaKey rsa) => rsa.Rsa.SignData(message, Hash, RSASignaturePadding.Pss),
        (SignatureFamily.Ecdsa, EllipticKey curve) =>
            curve.Curve.SignData(message, Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        (SignatureFamily.EdDsa, EdwardsKey { Secret: { } secret }) => SignEdwards(secret, message),
        _ => throw new CryptographicException($"{Name} does not sign with a key of this kind"),
    };

    private byte[] Mac(byte[] secret, ReadOnlySpan<byte> message) => CryptographicOperations.HmacData(Hash, secret, message);

    private static byte[] SignEdwards(byte[] secret, byte[] message)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, new Ed25519PrivateKeyParameters(secret));
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    private static bool VerifyEdwards(byte[] point, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: false, new Ed25519PublicKeyParameters(point));
        signer.BlockUpdate(message);
        return signer.VerifySignature(signature.ToArray());
    }
}

/// <summary>What kind of key an algorithm needs, and how it is used.</summary>
internal enum SignatureFamily
{
    /// <summary>A shared secret.</summary>
    Hmac,
    /// <summary>RSA with the padding of PKCS #1.</summary>
    Rsa,
    /// <summary>RSA with probabilistic padding.</summary>
    RsaPss,
    /// <summary>Elliptic curves.</summary>
    Ecdsa,
    /// <summary>Edwards curves.</summary>
    EdDsa,
}
