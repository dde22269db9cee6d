using System.Security.Cryptography;
using System.Text;
using Coffer.Opa.Bundles;
using Coffer.Opa.Signing;

namespace Coffer.Opa.Tests.Bundles;

/// <summary>Signed bundles, and what has been done to some of them.</summary>
public sealed class SignatureTests
{
    private const string Data = """{ "b": [1, 2.50], "a": "é" }""";

    // The hash of a document is that of its content, with sorted keys and without spaces.
    private static readonly string DataHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("""{"a":"é","b":[1,2.50]}""")));
    private static readonly string NoteHash = Convert.ToHexStringLower(SHA512.HashData("note"u8));
    private static readonly string Files =
        $$"""[{"name":"data.json","hash":"{{DataHash}}","algorithm":"SHA-256"},{"name":"note.txt","hash":"{{NoteHash}}","algorithm":"SHA-512"}]""";

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS512")]
    [InlineData("PS384")]
    [InlineData("ES256")]
    public void Signature_ByAKey_IsAccepted_AndByAnotherIsNot(string algorithm)
    {
        VerificationKey key, other;
        string pem, otherPem;
        if (algorithm.StartsWith("ES", StringComparison.Ordinal))
        {
            var (first, second) = (ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP256));
            (key, other, pem, otherPem) = (
                new EllipticKey(first), new EllipticKey(second), first.ExportSubjectPublicKeyInfoPem(),
                second.ExportSubjectPublicKeyInfoPem());
        }
        else
        {
            var (first, second) = (RSA.Create(2048), RSA.Create(2048));
            (key, other, pem, otherPem) = (
                new RsaKey(first), new RsaKey(second), first.ExportSubjectPublicKeyInfoPem(),
                second.ExportSubjectPublicKeyInfoPem());
        }

        var archive = Signed(algorithm, key);
        Assert.Equal(2, Read(archive, BundleVerification.WithKey(pem, algorithm)).Data.Count);
        Assert.Contains("not by the given key", Refusal(archive, BundleVerification.WithKey(otherPem, algorithm)),
            StringComparison.Ordinal);
        Assert.Contains("not by the given key", Refusal(Signed(algorithm, other), BundleVerification.WithKey(pem, algorithm)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_IsNotTakenFromAPublicKey()
    {
        using var rsa = RSA.Create(2048);
        var pem = rsa.ExportSubjectPublicKeyInfoPem();
        // The known confusion: the public key, which all know, as the secret of another algorithm.
        Assert.Contains("not by the given key",
            Refusal(Signed("HS256", SecretKey.Of(pem)), BundleVerification.WithKey(pem, "RS256")), StringComparison.Ordinal);
        Assert.Throws<BundleException>(() => BundleVerification.WithKey(pem, "HS256"));
        Assert.Throws<BundleException>(() => BundleVerification.WithKey(pem));
        Assert.Contains("unknown", Refusal(Signed("none", SecretKey.Of("")), BundleVerification.WithKey(pem, "RS256")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_Verifies_WithScopeAndName()
    {
        var archive = Signed("HS256", SecretKey.Of("s3cret"), extra: ",\"scope\":\"read\",\"keyid\":\"one\"");
        Assert.NotNull(Read(archive, BundleVerification.WithSecret("s3cret")));
        Assert.NotNull(Read(archive, BundleVerification.WithSecret("s3cret", keyId: "one")));
        Assert.Contains("not by the given key", Refusal(archive, BundleVerification.WithSecret("s3cret", keyId: "two")),
            StringComparison.Ordinal);
        Assert.Contains("not by the given key", Refusal(archive, BundleVerification.WithSecret("other")),
            StringComparison.Ordinal);
        Assert.Contains("not by the given key", Refusal(archive, BundleVerification.WithSecret("s3cret", "HS512")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"b":[1,2.5],"a":"e"}""", "note", "hash differs")]
    [InlineData(Data, "another note", "hash differs")]
    [InlineData(Data, null, "not in the bundle")]
    public void ChangedFile_IsFound(string data, string? note, string reason)
    {
        var archive = new BundleArchive().Add("data.json", data);
        if (note is not null) archive.Add("note.txt", note);
        Assert.Contains(reason, Refusal(Sign(archive, "HS256", SecretKey.Of("s"), ""), BundleVerification.WithSecret("s")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AddedFile_IsFound()
    {
        var archive = Unsigned().Add("policy.wasm", "");
        Assert.Contains("policy.wasm is not signed",
            Refusal(Sign(archive, "HS256", SecretKey.Of("s"), ""), BundleVerification.WithSecret("s")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void UnsignedBundle_IsRefused_WhenAKeyIsGiven_AndSignedOnesWithout()
    {
        Assert.Contains("not signed", Refusal(Unsigned().ToArray(), BundleVerification.WithSecret("s")),
            StringComparison.Ordinal);
        Assert.Contains("no key was given",
            Assert.Throws<BundleException>(() => PolicyBundle.Read(Signed("HS256", SecretKey.Of("s"))))
                .Message, StringComparison.Ordinal);
        Assert.NotNull(PolicyBundle.Read(Signed("HS256", SecretKey.Of("s")), new BundleOptions { SkipVerification = true }));
    }

    private static BundleArchive Unsigned() => new BundleArchive().Add("data.json", Data).Add("note.txt", "note");

    private static byte[] Signed(string algorithm, VerificationKey key, string extra = "") =>
        Sign(Unsigned(), algorithm, key, extra);

    private static byte[] Sign(BundleArchive archive, string algorithm, VerificationKey key, string extra)
    {
        var token = JsonWebToken.Write(
            Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}"}"""), Encoding.UTF8.GetBytes($$"""{"files":{{Files}}{{extra}}}"""),
            message => SignatureAlgorithm.Find(algorithm)?.Sign(key, message) ?? []);
        return archive.Add(".signatures.json", $$"""{"signatures":["{{token}}"]}""").ToArray();
    }

    private static PolicyBundle Read(byte[] archive, BundleVerification verification) =>
        PolicyBundle.Read(archive, new BundleOptions { Verification = verification });

    private static string Refusal(byte[] archive, BundleVerification verification) =>
        Assert.Throws<BundleException>(() => Read(archive, verification)).Message;
}
