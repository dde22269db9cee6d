using System.Security.Cryptography;
using System.Text;
using Coffer.Opa.Builtins;
using Coffer.Opa.Bundles;
using Coffer.Opa.Tests.Bundles;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Builtins;

/// <summary>
/// What is nearly right: operands, values and archives with random changes, the same in every run. Whoever reads them may
/// refuse them, with the error that is meant for that and no other.
/// </summary>
public sealed class MutationTests
{
    private const int Rounds = 400;
    private const string Interesting = "\"\\{}[]()<>.,:;*+?|^$%&-_=/@!~#`' \t\n\r\0" + "aAzZ019eExXé漢\uD83C\uDF89\uFFFF";

    public static TheoryData<string, string> Operands => new()
    {
        { "sprintf", """["%5.2f %-8s|%+d %x %q %v %[1]d %*d", [3.14, "text", 5, 255, "q", {"a":[1]}, 7, 8]]""" },
        { "strings.render_template", """["{{range $i, $n := .names}}{{if eq $i 0}}{{printf \"%s\" $n}}{{else}}-{{.}}{{end}}{{end}}{{with .x}}{{.y | len}}{{end}}", {"names":["a","b"],"x":{"y":"abc"}}]""" },
        { "time.parse_ns", """["Mon, 02 Jan 2006 15:04:05.000 -0700", "Mon, 05 Feb 2018 12:00:00.250 +0100"]""" },
        { "time.format", """[[1517832000000000000, "America/New_York", "Mon Jan _2 15:04:05.000 2006 -07:00 MST"]]""" },
        { "time.parse_duration_ns", """["1h2m3.5s4ms"]""" },
        { "time.add_date", "[1517832000000000000, 1, 2, 3]" },
        { "regex.replace", """["some text 123", "(?P<word>[[:alpha:]]+)\\s(\\d{2,3}|\\p{L}[^a-z\\]])?", "${word}$2"]""" },
        { "regex.template_match", """["urn:{[a-z]+}:x", "urn:abc:x", "{", "}"]""" },
        { "regex.globs_match", """["a[b-d]*.e+\\*", "a.*"]""" },
        { "yaml.unmarshal", """["a: &x [1, 'two', \"three\", ~]\nb:\n  <<: {c: d}\n  e: *x\nf: |\n  text\ng: >-\n  more\n? [k]\n: v\n"]""" },
        { "graphql.parse_query", """["query Q($a: [Int!]! = [1], $b: T) @d(x: \"s\") { f: field(a: $a, o: {k: 1.5e3, e: E}) { ...F ... on T @skip(if: true) { x } } } fragment F on T { y(s: \"\"\"block\"\"\") }"]""" },
        { "graphql.schema_is_valid", """["\"doc\" type Query implements I & J @a { f(a: [Int!] = [1], b: In): T! } interface I { f: Int } union U = | A | B enum E { X Y } input In { a: Int = 1 } scalar S directive @a(x: Int) repeatable on OBJECT | FIELD extend type Query { g: U } schema { query: Query }"]""" },
        { "graphql.is_valid", """["query Q($a: Int!) { f(a: $a) { id ...F } } fragment F on T { id }", "type Query { f(a: Int!): T } type T { id: ID! }"]""" },
        { "json.patch", """[{"a":{"b":[1,2]},"c":{1}}, [{"op":"add","path":"/a/b/1","value":9},{"op":"move","from":"/a/b/0","path":"/d"},{"op":"test","path":["d"],"value":1}]]""" },
        { "json.match_schema", """[{"a":5}, {"type":"object","properties":{"a":{"type":["integer","null"],"minimum":1}},"required":["a"],"additionalProperties":false,"$defs":{"x":{"$ref":"#"}}}]""" },
        { "io.jwt.decode", """["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwIiwiaXNzIjoib3BhIn0.XmVoLoHI3pxMtMO_WRONMSJzGUDP9pDjy8Jp0_tdRXY"]""" },
        { "io.jwt.decode_verify", """["eyJhbGciOiJIUzI1NiJ9.eyJuYmYiOjEwMDAuMX0.ab", {"secret":"secret","time":2000000000000.1,"iss":"x","aud":"y","alg":"HS256"}]""" },
        { "io.jwt.verify_rs256", """["eyJhbGciOiJSUzI1NiJ9.e30.ab", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"a\"}"]""" },
        { "io.jwt.verify_es256", """["eyJhbGciOiJFUzI1NiJ9.e30.ab", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}"]""" },
        { "io.jwt.verify_eddsa", """["eyJhbGciOiJFZERTQSJ9.e30.ab", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"]""" },
        { "io.jwt.encode_sign_raw", """["{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"a\":1}", "{\"kty\":\"oct\",\"k\":\"AyM1\"}"]""" },
        { "net.cidr_merge", """[["192.0.2.112/30","192.0.2.116","fe80::1/64","::ffff:1.2.3.4/100"]]""" },
        { "net.cidr_contains_matches", """[{"a":"10.0.0.0/8","b":["fe80::/10"]}, ["10.1.2.3","fe80::1"]]""" },
        { "urlquery.decode_object", """["a=1&b=%20x&a=2&c"]""" },
        { "units.parse", """["1.5e3Ki"]""" },
        { "units.parse_bytes", """["10.5GiB"]""" },
        { "uuid.parse", """["urn:uuid:000003e8-48b9-21ee-b200-325096b39f47"]""" },
        { "semver.compare", """["1.2.3-rc.1+build.5", "1.2.3"]""" },
        { "hex.decode", """["6c6f72656d"]""" },
        { "providers.aws.sign_req", """[{"method":"get","url":"https://example.com/a?b=c","headers":{"X":"y"},"body":{"a":1}}, {"aws_access_key":"a","aws_secret_access_key":"b","aws_service":"s3","aws_region":"r"}, 1451311705000000000]""" },
        { "http.send", """[{"method":"get","url":"https://example.com/a?b=c","headers":{"X":"y"},"timeout":"1s"}]""" },
        { "object.subset", """[{"a":[1,2],"b":{1,2}}, {"a":[2]}]""" },
        { "graph.reachable_paths", """[{"a":["b"],"b":{"c"},"c":[]}, ["a"]]""" },
        { "numbers.range_step", "[0, 100, 7]" },
        { "json.marshal_with_options", """[{"a":[1]}, {"indent":" ","prefix":"","pretty":true}]""" },
        { "internal.template_string", """[["a", {1}, set()]]""" },
    };

    [Theory]
    [MemberData(nameof(Operands))]
    public void Operands_ThatAreNearlyRight_AreAnsweredOrRefused(string name, string operands)
    {
        var random = new Random(name.Length * 7919 + name[^1]);
        var values = (RegoArray)RegoValue.Parse(operands);
        for (var i = 0; i < Rounds; i++) Try(name, [.. values.Select(value => Mutate(value, random))]);
    }

    [Fact]
    public void Certificates_ThatAreNearlyRight_AreAnsweredOrRefused()
    {
        using var rsa = RSA.Create(1024);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=a,O=b", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var random = new Random(5);
        var key = rsa.ExportRSAPrivateKey();
        for (var i = 0; i < Rounds; i++)
        {
            foreach (var (name, der, label) in new[]
            {
                ("crypto.x509.parse_certificates", certificate.RawData, "CERTIFICATE"),
                ("crypto.x509.parse_certificate_request", request.CreateSigningRequest(), "CERTIFICATE REQUEST"),
                ("crypto.parse_private_keys", key, "RSA PRIVATE KEY"),
                ("crypto.x509.parse_rsa_private_key", key, "RSA PRIVATE KEY"),
            })
            {
                var changed = Mutate(der, random);
                Try(name, [i % 2 == 0 ? Convert.ToBase64String(changed) : PemEncoding.WriteString(label, changed)]);
            }

            var text = PemEncoding.WriteString("CERTIFICATE", Mutate(certificate.RawData, random));
            Try("io.jwt.verify_rs256", ["eyJhbGciOiJSUzI1NiJ9.e30.ab", text]);
            Try("crypto.x509.parse_keypair", [text, PemEncoding.WriteString("RSA PRIVATE KEY", key)]);
            Try("crypto.x509.parse_and_verify_certificates_with_options",
                [text + "\n" + text, RegoObject.Of(("CurrentTime", 1_000_000_000L), ("DNSName", "a"))]);
        }
    }

    [Fact]
    public void Values_ThatAreNearlyRight_AreReadOrRefused()
    {
        var random = new Random(3);
        var text = """{"a":[1,-2.5e3,null,true],"b":{"c":"d\u00e9\n"},[1]:{2,{3}},"s":set()}""";
        for (var i = 0; i < 5_000; i++)
        {
            try
            {
                var value = RegoValue.Parse(Mutate(Encoding.UTF8.GetBytes(text), random));
                Assert.Equal(value, RegoValue.Parse(value.ToString()));
                _ = RegoValue.Parse(value.ToJson());
            }
            catch (FormatException)
            {
                // That is how they are refused.
            }
        }
    }

    [Fact]
    public void Bundles_ThatAreNearlyRight_AreReadOrRefused()
    {
        var random = new Random(4);
        var plain = new BundleArchive().Add("data.json", """{"a":{"b":1}}""").Add("a/data.yaml", "c: [1, 2]\n").Add("policy.wasm", new byte[700])
            .Add(".manifest", """{"revision":"r","roots":["a"],"wasm":[{"entrypoint":"a/b","module":"/policy.wasm"}]}""").ToArray();
        using var packed = new MemoryStream(plain);
        using var unpacking = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        unpacking.CopyTo(unpacked);
        foreach (var archive in new[] { plain, unpacked.ToArray() })
        {
            for (var i = 0; i < 2_000; i++)
            {
                var error = Record.Exception(
                    () => PolicyBundle.Read(Mutate(archive, random), new BundleOptions { UnpackedBytes = 1 << 20 }));
                Assert.True(error is null or BundleException, $"{error}");
            }
        }
    }

    private static void Try(string name, RegoValue[] operands)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var context = new BuiltinContext(PolicyOptions.Default, "test", () => limit.Token);
        var error = Record.Exception(() =>
        {
            if (BuiltinTable.Standard.Find(name)!(context, operands) is { } value) Assert.Equal(
                value, RegoValue.Parse(value.ToString()));
        });
        Assert.True(error is null or BuiltinException or InsufficientExecutionStackException,
            $"{name}({string.Join(", ", operands.AsEnumerable())}): {error}");
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var changed = bytes.ToList();
        for (var count = random.Next(1, 5); count > 0 && changed.Count > 0; count--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(4))
            {
                case 0: changed[at] = (byte)random.Next(256); break;
                case 1: changed[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: changed.RemoveRange(at, Math.Min(random.Next(1, 9), changed.Count - at)); break;
                default: changed.InsertRange(
                    at, changed.Skip(random.Next(changed.Count)).Take(random.Next(9)).ToList()); break;
            }
        }

        return [.. changed];
    }

    // Sometimes another type, mostly the same with other content.
    private static RegoValue Mutate(RegoValue value, Random random)
    {
        if (random.Next(12) == 0)
        {
            return RegoValue.Parse(new[] { "null", "true", "-1", "1e300", "9223372036854775807", "0.5", "\"\"", "[]", "{}",
                "set()", "[[]]", "{1:2}" }[random.Next(12)]);
        }

        switch (value)
        {
            case RegoString text when random.Next(3) > 0:
                var changed = new StringBuilder(text.Value);
                for (var count = random.Next(1, 4); count > 0; count--)
                {
                    var at = random.Next(changed.Length + 1);
                    if (random.Next(2) == 0 && at < changed.Length) changed.Remove(at, 1);
                    else changed.Insert(at, random.Next(4) == 0 && text.Value.Length > 0
                        ? text.Value[random.Next(text.Value.Length)..]
                        : Interesting[random.Next(Interesting.Length)].ToString());
                }

                // Strings of policies are UTF-8, and have no halves of characters.
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(changed.ToString()));
            case RegoNumber when random.Next(3) == 0:
                return RegoValue.Parse(new[] { "0", "-1", "1e18", "-9223372036854775808", "99999999999999999999", "1.25",
                    "3" }[random.Next(7)]);
            case RegoArray array:
                return new RegoArray(array.Where(_ => random.Next(10) > 0).Select(item => Mutate(item, random)));
            case RegoSet set:
                return new RegoSet(set.Where(_ => random.Next(10) > 0).Select(item => Mutate(item, random)));
            case RegoObject entries:
                return new RegoObject(entries.Where(_ => random.Next(12) > 0)
                    .Select(entry => KeyValuePair.Create(
                        random.Next(20) == 0 ? Mutate(entry.Key, random) : entry.Key, Mutate(entry.Value, random))));
            default:
                return value;
        }
    }
}
