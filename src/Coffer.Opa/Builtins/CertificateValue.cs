using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using Coffer.Opa.Values;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security.Certificates;
using Org.BouncyCastle.X509;

namespace Coffer.Opa.Builtins;

/// <summary>Certificates and keys as values, with the names of the fields that Go's types have.</summary>
internal static class CertificateValue
{
    // The numbers of Go's constants.
    private static readonly Dictionary<string, long> SignatureAlgorithms = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.4"] = 2,
        ["1.2.840.113549.1.1.5"] = 3,
        ["1.2.840.113549.1.1.11"] = 4,
        ["1.2.840.113549.1.1.12"] = 5,
        ["1.2.840.113549.1.1.13"] = 6,
        ["1.2.840.10045.4.1"] = 9,
        ["1.2.840.10045.4.3.2"] = 10,
        ["1.2.840.10045.4.3.3"] = 11,
        ["1.2.840.10045.4.3.4"] = 12,
        ["1.2.840.113549.1.1.10"] = 13,
        ["1.3.101.112"] = 16,
    };

    private static readonly Dictionary<string, long> KeyAlgorithms = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.1"] = 1,
        ["1.2.840.10040.4.1"] = 2,
        ["1.2.840.10045.2.1"] = 3,
        ["1.3.101.112"] = 4,
    };

    private static readonly (string Field, DerObjectIdentifier Type)[] NameParts =
    [
        ("Country", X509Name.C), ("Organization", X509Name.O), ("OrganizationalUnit", X509Name.OU), ("Locality", X509Name.L),
        ("Province", X509Name.ST), ("StreetAddress", X509Name.Street), ("PostalCode", X509Name.PostalCode),
    ];

    public static RegoValue Of(byte[] der) =>
        Guarded(() => Describe(new X509Certificate(der), der), "x509: malformed certificate");

    public static RegoObject OfRequest(byte[] der) =>
        Guarded(() => Describe(new Pkcs10CertificationRequest(der)), "asn1: structure error");

    // The parser is lazy, and says what it cannot read with whatever comes of it.
    private static T Guarded<T>(Func<T> describe, string message)
    {
        try
        {
            return describe();
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or InsufficientExecutionStackException))
        {
            throw new BuiltinException(message, exception);
        }
    }

    private static RegoObject Describe(X509Certificate certificate, byte[] der)
    {
        var info = certificate.SubjectPublicKeyInfo;
        return new RegoObject([
            new("Raw", Convert.ToBase64String(der)),
            new("RawTBSCertificate", Convert.ToBase64String(certificate.GetTbsCertificate())),
            new("RawSubjectPublicKeyInfo", Convert.ToBase64String(info.GetEncoded())),
            new("Signature", Convert.ToBase64String(certificate.GetSignature())),
            new("SignatureAlgorithm", SignatureAlgorithms.GetValueOrDefault(certificate.SigAlgOid)),
            new("PublicKeyAlgorithm", KeyAlgorithms.GetValueOrDefault(info.Algorithm.Algorithm.Id)),
            new("Version", (long)certificate.Version),
            new("SerialNumber", RegoNumber.Parse(certificate.SerialNumber.ToString())),
            new("Issuer", Name(certificate.IssuerDN)),
            new("Subject", Name(certificate.SubjectDN)),
            new("NotBefore", Time(certificate.NotBefore)),
            new("NotAfter", Time(certificate.NotAfter)),
            new("KeyUsage", KeyUsage(certificate)),
            new("ExtKeyUsage", ExtendedKeyUsage(certificate)),
            new("IsCA", certificate.GetBasicConstraints() >= 0),
            new("BasicConstraintsValid", certificate.GetExtensionValue(X509Extensions.BasicConstraints) is not null),
            new("MaxPathLen", certificate.GetBasicConstraints() is >= 0 and < int.MaxValue and var length ? length : -1L),
            .. AlternativeNames(certificate.GetExtensionParsedValue(X509Extensions.SubjectAlternativeName)),
        ]);
    }

    private static RegoObject Describe(Pkcs10CertificationRequest request)
    {
        var info = request.GetCertificationRequestInfo();
        var extensions = request.GetRequestedExtensions();
        return new RegoObject([
            new("Raw", Convert.ToBase64String(request.GetEncoded())),
            new("Version", info.Version.LongValueExact),
            new("Signature", Convert.ToBase64String(request.GetSignatureOctets())),
            new("SignatureAlgorithm", SignatureAlgorithms.GetValueOrDefault(request.SignatureAlgorithm.Algorithm.Id)),
            new("PublicKeyAlgorithm", KeyAlgorithms.GetValueOrDefault(info.SubjectPublicKeyInfo.Algorithm.Algorithm.Id)),
            new("Subject", Name(info.Subject)),
            .. AlternativeNames(extensions?.GetExtensionParsedValue(X509Extensions.SubjectAlternativeName)),
        ]);
    }

    public static RegoValue OfPrivateKey(string label, byte[] der)
    {
        if (label == "EC PRIVATE KEY"
            || (label == "PRIVATE KEY"
            && PrivateKeyInfo.GetInstance(der).PrivateKeyAlgorithm.Algorithm.Id == "1.2.840.10045.2.1"))
        {
            using var curve = ECDsa.Create();
            if (label == "PRIVATE KEY") curve.ImportPkcs8PrivateKey(der, out _);
            else curve.ImportECPrivateKey(der, out _);
            var key = curve.ExportParameters(includePrivateParameters: true);
            return new RegoObject(new("X", Number(key.Q.X!)), new("Y", Number(key.Q.Y!)), new("D", Number(key.D!)));
        }

        using var rsa = RSA.Create();
        if (label == "PRIVATE KEY") rsa.ImportPkcs8PrivateKey(der, out _);
        else rsa.ImportRSAPrivateKey(der, out _);
        var numbers = rsa.ExportParameters(includePrivateParameters: true);
        return new RegoObject(
            new("N", Number(numbers.Modulus!)), new("E", Number(numbers.Exponent!)), new("D", Number(numbers.D!)),
            new("Primes", new RegoArray(Number(numbers.P!), Number(numbers.Q!))));
    }

    private static RegoNumber Number(byte[] bytes) =>
        RegoNumber.Of(new BigInteger(bytes, isUnsigned: true, isBigEndian: true));

    private static RegoValue Time(DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static RegoObject Name(X509Name name)
    {
        var (types, values) = (name.GetOidList(), name.GetValueList());
        var parts = types.Zip(values).ToList();
        string Single(DerObjectIdentifier type) => parts.LastOrDefault(part => part.First.Equals(type)).Second ?? "";
        return new RegoObject([
            new("CommonName", Single(X509Name.CN)),
            new("SerialNumber", Single(X509Name.SerialNumber)),
            .. NameParts.Select(part =>
                KeyValuePair.Create((RegoValue)part.Field,
                Texts(parts.Where(other => other.First.Equals(part.Type)).Select(other => other.Second)))),
            new("ExtraNames", RegoNull.Value),
            new("Names", new RegoArray(parts.Select(part => new RegoObject(
                new("Type", new RegoArray(part.First.Id.Split('.').Select(number => RegoNumber.Parse(number)))),
                    new("Value", part.Second))))),
        ]);
    }

    // Go writes what is empty as null.
    private static RegoValue Texts(IEnumerable<string> texts) =>
        texts.Select(text => new RegoString(text)).ToList() is { Count: > 0 } some ? new RegoArray(some) : RegoNull.Value;

    private static long KeyUsage(X509Certificate certificate) =>
        (certificate.GetKeyUsage() ?? []).Select((isSet, bit) => isSet ? 1L << bit : 0).Sum();

    private static RegoValue ExtendedKeyUsage(X509Certificate certificate)
    {
        var numbers = (certificate.GetExtendedKeyUsage() ?? []).Select(use => use.Id switch
        {
            "2.5.29.37.0" => 0L,
            "1.3.6.1.5.5.7.3.1" => 1,
            "1.3.6.1.5.5.7.3.2" => 2,
            "1.3.6.1.5.5.7.3.3" => 3,
            "1.3.6.1.5.5.7.3.4" => 4,
            "1.3.6.1.5.5.7.3.8" => 8,
            "1.3.6.1.5.5.7.3.9" => 9,
            _ => -1,
        }).Where(number => number >= 0).Select(RegoNumber.Of).ToList();
        return numbers.Count > 0 ? new RegoArray(numbers) : RegoNull.Value;
    }

    private static IEnumerable<KeyValuePair<RegoValue, RegoValue>> AlternativeNames(Asn1Object? extension)
    {
        var names = extension is null ? [] : GeneralNames.GetInstance(extension).GetNames();
        IEnumerable<string> Of(int tag) =>
            names.Where(name => name.TagNo == tag).Select(name => ((IAsn1String)name.Name).GetString());
        var addresses = names.Where(name => name.TagNo == GeneralName.IPAddress)
            .Select(name => new IPAddress(((Asn1OctetString)name.Name).GetOctets()).ToString());
        return
        [
            new("DNSNames", Texts(Of(GeneralName.DnsName))),
            new("EmailAddresses", Texts(Of(GeneralName.Rfc822Name))),
            new("IPAddresses", Texts(addresses)),
            new("URIStrings", Texts(Of(GeneralName.UniformResourceIdentifier))),
            new("URIs", UrlsOf(Of(GeneralName.UniformResourceIdentifier))),
        ];
    }

    private static RegoValue UrlsOf(IEnumerable<string> texts)
    {
        var urls = texts.Select(text => Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : null).OfType<Uri>()
            .Select(url => new RegoObject(
                new("Scheme", url.Scheme), new("Host", url.Authority), new("Path", url.AbsolutePath),
                new("RawQuery", url.Query.TrimStart('?')))).ToList();
        return urls.Count > 0 ? new RegoArray(urls) : RegoNull.Value;
    }
}
