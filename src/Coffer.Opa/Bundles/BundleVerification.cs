using System.Security.Cryptography;
using Coffer.Opa.Signing;
using Coffer.Opa.Values;

namespace Coffer.Opa.Bundles;

/// <summary>
/// The keys of those who may sign bundles, and the comparison of a bundle with its <c>.signatures.json</c>: every file must be
/// named there with the hash that it has, and no other. Immutable.
/// </summary>
public sealed class BundleVerification
{
    private readonly IReadOnlyList<VerificationKey> keys;

    private BundleVerification(IReadOnlyList<VerificationKey> keys) => this.keys = keys;

    /// <summary>What the claim <c>scope</c> of the signature must be; null for anything.</summary>
    public string? Scope { get; private init; }

    /// <summary>Verification with a secret that who signs and who verifies share.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="algorithm"><c>HS256</c>, <c>HS384</c> or <c>HS512</c>.</param>
    /// <param name="keyId">The name of the key, which the signature must then give.</param>
    public static BundleVerification WithSecret(string secret, string algorithm = "HS256", string? keyId = null) =>
        new([SecretKey.Of(secret) with { Algorithm = Require(algorithm, SignatureFamily.Hmac), Id = keyId }]);

    /// <summary>Verification with a public key.</summary>
    /// <param name="key">A public key or certificate in PEM, or a key or set of keys of JSON.</param>
    /// <param name="algorithm">The algorithm, such as <c>RS256</c> or <c>ES256</c>; null when the keys say it.</param>
    /// <param name="keyId">The name of the key, which the signature must then give.</param>
    /// <exception cref="BundleException">The key cannot be read, or nothing says its algorithm.</exception>
    public static BundleVerification WithKey(string key, string? algorithm = null, string? keyId = null)
    {
        try
        {
            var read = VerificationKey.ReadAll(key)
                .Select(one => one with { Algorithm = algorithm ?? one.Algorithm, Id = keyId ?? one.Id }).ToList();
            foreach (var one in read)
            {
                // A public key taken for a secret would let anybody sign.
                if (one.Algorithm is null) throw new BundleException(
                    "the algorithm of the key must be said, such as RS256 or ES256");
                if (one is not SecretKey && SignatureAlgorithm.Find(one.Algorithm)?.Family is null or SignatureFamily.Hmac)
                {
                    throw new BundleException($"{one.Algorithm} is no algorithm for this key");
                }
            }

            return new(read);
        }
        catch (FormatException exception)
        {
            throw new BundleException(exception.Message, exception);
        }
    }

    /// <summary>The same verification, for signatures that are for a scope.</summary>
    public BundleVerification ForScope(string scope) => new(keys) { Scope = scope };

    internal void Verify(IReadOnlyDictionary<string, byte[]> files, byte[]? signatures)
    {
        if (signatures is null) throw new BundleException(
            "the bundle is not signed: it has no .signatures.json, and a key was given to verify it with");
        var token = ReadToken(signatures);
        if (token.Algorithm is not { } name || SignatureAlgorithm.Find(name) is not { } algorithm) throw new BundleException(
            $"the algorithm {token.Algorithm ?? "(none)"} of the signature is unknown");
        if (RegoValue.Parse(token.Payload) is not RegoObject claims) throw new BundleException("the signature has no claims");
        var keyId = (token.Header["kid"] ?? claims["keyid"]) is RegoString id ? id.Value : null;
        if (!keys.Any(key => (key.Id is null || keyId is null || key.Id == keyId) && token.IsSignedWith(key, algorithm)))
        {
            throw new BundleException(
                $"the signature of the bundle is not by the given key{(keyId is null ? "" : $" (it names \"{keyId}\")")}");
        }

        if (Scope is not null && (claims["scope"] as RegoString)?.Value != Scope) throw new BundleException(
            $"the signature is not for the scope \"{Scope}\"");
        Compare(files, claims["files"] as RegoArray ?? new RegoArray());
    }

    private static JsonWebToken ReadToken(byte[] signatures)
    {
        try
        {
            return (RegoValue.Parse(signatures) as RegoObject)?["signatures"] is RegoArray { Count: 1 } all
                && all[0] is RegoString token
                ? JsonWebToken.Parse(token.Value)
                : throw new BundleException(".signatures.json must have one signature");
        }
        catch (FormatException exception)
        {
            throw new BundleException($".signatures.json cannot be read: {exception.Message}", exception);
        }
    }

    private static void Compare(IReadOnlyDictionary<string, byte[]> files, RegoArray signed)
    {
        var left = files.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var entry in signed.OfType<RegoObject>())
        {
            var name = (entry["name"] as RegoString)?.Value.TrimStart('/') ?? "";
            if (!left.Remove(name)) throw new BundleException(
                $"the signature names the file {name}, which is not in the bundle");
            var wanted = (entry["hash"] as RegoString)?.Value ?? "";
            var hash = Convert.ToHexStringLower(
                Hash((entry["algorithm"] as RegoString)?.Value ?? "", Hashed(name, files[name])));
            if (!string.Equals(hash, wanted, StringComparison.OrdinalIgnoreCase)) throw new BundleException(
                $"the file {name} is not the one that was signed: its hash differs");
        }

        if (left.Count > 0) throw new BundleException($"the file {left.Order(StringComparer.Ordinal).First()} is not signed");
    }

    // What is a document is hashed by content, so that it may be written in another way.
    private static byte[] Hashed(string name, byte[] content) =>
        BundleFiles.IsDocument(name) ? BundleFiles.ReadDocument(name, content).ToJsonBytes() : content;

    private static byte[] Hash(string algorithm, byte[] content) => algorithm.ToUpperInvariant() switch
    {
        "SHA-256" => SHA256.HashData(content),
        "SHA-384" => SHA384.HashData(content),
        "SHA-512" => SHA512.HashData(content),
        _ => throw new BundleException($"the hash {algorithm} is not accepted; SHA-256, SHA-384 and SHA-512 are"),
    };

    private static string Require(string algorithm, SignatureFamily family) =>
        SignatureAlgorithm.Find(algorithm)?.Family == family
        ? algorithm
        : throw new BundleException($"{algorithm} is no algorithm for this key");
}
