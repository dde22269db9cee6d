using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Signatures of requests to services of AWS (Signature Version 4).</summary>
internal static class AwsBuiltins
{
    private static readonly string[] RequiredRequest = ["method", "url"];
    private static readonly string[] RequiredConfig = [
        "aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];

    // What proxies on the way change or remove.
    private static readonly string[] NotSigned = ["authorization", "user-agent", "x-amzn-trace-id"];

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("providers.aws.sign_req", (_, a) => Sign(a.Object(0), a.Object(1), a.Integer(2))),
    ];

    private static RegoObject Sign(RegoObject request, RegoObject config, System.Numerics.BigInteger time)
    {
        Require(request, 0, RequiredRequest, "request");
        Require(config, 1, RequiredConfig, "AWS config");
        if (config["disable_payload_signing"] is not (null or RegoBoolean)) throw Operands.WrongValue(
            1, "invalid value for 'disable_payload_signing' in AWS config");
        if (time.Sign < 0 || time > long.MaxValue) throw Operands.WrongValue(
            2, "could not convert time_ns value into a unix timestamp");
        if (!Uri.TryCreate(Text(request, "url"), UriKind.Absolute, out var url)) throw Operands.WrongValue(
            0, $"the url {request["url"]} cannot be read");
        var isUnsigned = config["disable_payload_signing"] is RegoBoolean { Value: true };
        var hash = isUnsigned ? "UNSIGNED-PAYLOAD" : Convert.ToHexStringLower(SHA256.HashData(Body(request)));
        var at = DateTime.UnixEpoch.AddTicks((long)time / 100);
        var added = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = url.Authority,
            ["x-amz-date"] = at.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture),
        };
        if (Text(config, "aws_service") is "s3" or "glacier") added["x-amz-content-sha256"] = hash;
        if (config["aws_session_token"] is RegoString token) added["x-amz-security-token"] = token.Value;
        var given = (request["headers"] as RegoObject ?? RegoObject.Empty).Where(header => header.Key is RegoString).ToList();
        var signed = new SortedDictionary<string, string>(added, StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var lower = ((RegoString)name).Value.ToLowerInvariant();
            // What is signed is what the caller gave, even where something else is sent.
            if (!NotSigned.Contains(lower)) signed[lower] = value is RegoArray several
                ? string.Join(',', several.Select(GoFormat.Plain))
                : GoFormat.Plain(value);
        }

        added["Authorization"] = Authorization(Text(request, "method"), url, signed, hash, config, at);
        return request.With("headers",
            new RegoObject([.. given,
            .. added.Select(header => KeyValuePair.Create((RegoValue)header.Key, (RegoValue)header.Value))]));
    }

    private static string Authorization(
        string method, Uri url, SortedDictionary<string, string> headers, string bodyHash, RegoObject config, DateTime at)
    {
        var names = string.Join(';', headers.Keys);
        var path = url.OriginalString.EndsWith(url.Authority, StringComparison.Ordinal) ? "" : url.AbsolutePath;
        var canonical = $"{method}\n{path}\n{url.Query.TrimStart('?')}\n{string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))}\n{names}\n{bodyHash}";
        var day = at.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var (region, service) = (Text(config, "aws_region"), Text(config, "aws_service"));
        var scope = $"{day}/{region}/{service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{headers["x-amz-date"]}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { day, region, service, "aws4_request", toSign }
            .Aggregate(Encoding.UTF8.GetBytes("AWS4" + Text(config, "aws_secret_access_key")), (secret, part) =>
                HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(part)));
        return $"AWS4-HMAC-SHA256 Credential={Text(config, "aws_access_key")}/{scope},SignedHeaders={names},Signature={Convert.ToHexStringLower(key)}";
    }

    private static byte[] Body(RegoObject request) => request["raw_body"] switch
    {
        RegoString raw => Encoding.UTF8.GetBytes(raw.Value),
        _ => request["body"]?.ToJsonBytes() ?? [],
    };

    private static string Text(RegoObject from, string key) => ((RegoString)from[key]!).Value;

    private static void Require(RegoObject from, int index, string[] keys, string what)
    {
        var missing = keys.Where(key => from[key] is null).ToList();
        if (missing.Count > 0) throw Operands.WrongValue(
            index, $"missing required {what} parameters(s): {Operands.Show(missing)}");
        var wrong = keys.Where(key => from[key] is not RegoString).ToList();
        if (wrong.Count > 0) throw Operands.WrongValue(
            index, $"invalid values for required {what} parameters(s): {Operands.Show(wrong)}");
    }
}
