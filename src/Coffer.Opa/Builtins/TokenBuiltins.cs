using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Coffer.Opa.Signing;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Signed tokens of JSON.</summary>
internal static class TokenBuiltins
{
    private const int DeepestNesting = 10;
    private static readonly string[] Algorithms = [
        "rs256", "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512"];

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        .. Algorithms.Select(name =>
            new KeyValuePair<string, BuiltinFunction>(
                $"io.jwt.verify_{name}", (_, a) => VerifyWithKeys(name.ToUpperInvariant(), a))),
        new("io.jwt.verify_eddsa", (_, a) => VerifyWithKeys("EdDSA", a)),
        new("io.jwt.verify_hs256", (_, a) => VerifyWithSecret("HS256", a)),
        new("io.jwt.verify_hs384", (_, a) => VerifyWithSecret("HS384", a)),
        new("io.jwt.verify_hs512", (_, a) => VerifyWithSecret("HS512", a)),
        new("io.jwt.decode", (_, a) => Decode(a.Text(0))),
        new("io.jwt.decode_verify", (context, a) => DecodeAndVerify(context, a.Text(0), a.Object(1))),
        new("io.jwt.encode_sign", (_, a) => Sign(a.Object(0).ToJson(), a.Object(1).ToJson(), a.Object(2).ToJson())),
        new("io.jwt.encode_sign_raw", (_, a) => Sign(a.Text(0), a.Text(1), a.Text(2))),
    ];

    private static JsonWebToken Parse(string text)
    {
        JsonWebToken token;
        try
        {
            token = JsonWebToken.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(exception.Message, exception);
        }

        return token.Header["enc"] is null
            ? token
            : throw new BuiltinException("JWT is a JWE object, which is not supported");
    }

    private static IReadOnlyList<VerificationKey> Keys(string text)
    {
        try
        {
            return VerificationKey.ReadAll(text);
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(exception.Message, exception);
        }
    }

    private static bool VerifyWithKeys(string name, RegoValue[] operands)
    {
        var keys = Keys(operands.Text(1));
        var token = Parse(operands.Text(0));
        return IsSigned(token, keys, SignatureAlgorithm.Find(name)!);
    }

    private static bool VerifyWithSecret(string name, RegoValue[] operands) =>
        Parse(operands.Text(0)).IsSignedWith(SecretKey.Of(operands.Text(1)), SignatureAlgorithm.Find(name)!);

    // Of keys with names, first the one that the token names.
    private static bool IsSigned(JsonWebToken token, IReadOnlyList<VerificationKey> keys, SignatureAlgorithm algorithm)
    {
        var named = token.Header["kid"] is RegoString id ? keys.Where(key => key.Id == id.Value).ToList() : [];
        return (named.Count > 0 ? named : keys).Any(key => token.IsSignedWith(key, algorithm));
    }

    private static RegoArray Decode(string text)
    {
        var token = Parse(text);
        for (var depth = 0; Nested(token) is { } inner; depth++)
        {
            if (depth == DeepestNesting) throw new BuiltinException("the JWT is nested too deep");
            token = Parse(inner);
        }

        return new RegoArray(token.Header, Payload(token), Convert.ToHexStringLower(token.Signature));
    }

    private static string? Nested(JsonWebToken token) =>
        token.Header["cty"] is RegoString { Value: var type } && type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetString(token.Payload).Trim('"')
            : null;

    private static RegoObject Payload(JsonWebToken token)
    {
        try
        {
            return RegoValue.Parse(token.Payload) as RegoObject
                ?? throw new BuiltinException("the payload of the JWT is no object");
        }
        catch (FormatException exception)
        {
            throw new BuiltinException($"the payload of the JWT is not JSON: {exception.Message}", exception);
        }
    }

    private static RegoArray DecodeAndVerify(BuiltinContext context, string text, RegoObject constraints)
    {
        var rules = TokenConstraints.Read(constraints);
        var refused = new RegoArray(false, RegoObject.Empty, RegoObject.Empty);
        var token = Parse(text);
        for (var depth = 0; ; depth++)
        {
            if (depth == DeepestNesting || token.Header["crit"] is not null) return refused;
            if (token.Algorithm is not { } name || SignatureAlgorithm.Find(name) is not { } algorithm
                || !rules.Allows(name)) return refused;
            if (!IsSigned(token, rules.Keys, algorithm)) return refused;
            if (Nested(token) is not { } inner) break;
            token = Parse(inner);
        }

        var payload = Payload(token);
        return rules.Accept(payload, () => TimeBuiltins.Nanoseconds(context.Now()))
            ? new RegoArray(true, token.Header, payload)
            : refused;
    }

    private static string Sign(string header, string payload, string key)
    {
        var parsed = ReadHeader(header);
        var name = (parsed["alg"] as RegoString)?.Value
            ?? throw new BuiltinException("missing or invalid 'alg' header: jwsbb: header \"alg\" not found");
        if (SignatureAlgorithm.Find(name) is not { } algorithm) throw new BuiltinException($"unknown JWS algorithm: {name}");
        var isJson = parsed["typ"] is null or RegoString { Value: "JWT" };
        if (isJson && !IsJson(payload)) throw new BuiltinException("type is JWT but payload is not JSON");
        try
        {
            var read = RegoValue.Parse(key) is RegoObject document ? VerificationKey.ReadJson(document) : null;
            if (read is null) throw new BuiltinException("failed to parse a JWK key");
            return JsonWebToken.Write(
                Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload), message => algorithm.Sign(read, message));
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            throw new BuiltinException(exception.Message, exception);
        }
    }

    private static RegoObject ReadHeader(string header)
    {
        if (header.Length == 0) throw new BuiltinException(
            "missing or invalid 'alg' header: cannot parse JSON: cannot parse empty string");
        try
        {
            return RegoValue.Parse(header) as RegoObject ?? RegoObject.Empty;
        }
        catch (FormatException exception)
        {
            throw new BuiltinException($"missing or invalid 'alg' header: cannot parse JSON: {exception.Message}", exception);
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            RegoValue.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>What a token must fulfil.</summary>
    private sealed record TokenConstraints(IReadOnlyList<VerificationKey> Keys)
    {
        private string? Algorithm { get; init; }
        private RegoValue? Issuer { get; init; }
        private RegoString? Audience { get; init; }
        private RegoNumber? Time { get; init; }

        public static TokenConstraints Read(RegoObject constraints)
        {
            foreach (var key in constraints.Keys)
            {
                if (key is not RegoString { Value: "cert" or "secret" or "alg" or "iss" or "aud" or "time" }) throw Operands.WrongValue(1, $"unknown token validation constraint: {key}");
            }

            var (certificate, secret) = (Text(constraints, "cert"), Text(constraints, "secret"));
            if (certificate is null == secret is null)
            {
                throw Operands.WrongValue(
                    1, certificate is null ? "no verification key provided (expected cert or secret)"
                        : "duplicate key material in constraints (expected cert or secret, not both)");
            }

            return new TokenConstraints(certificate is null ? [SecretKey.Of(secret!)] : TokenBuiltins.Keys(certificate))
            {
                Algorithm = Text(constraints, "alg"),
                Issuer = Text(constraints, "iss") is { } issuer ? new RegoString(issuer) : null,
                Audience = Text(constraints, "aud") is { } audience ? new RegoString(audience) : null,
                Time = constraints["time"] is null or RegoNumber
                    ? constraints["time"] as RegoNumber
                    : throw Operands.WrongValue(1, "token time constraint: must be a number"),
            };
        }

        public bool Allows(string algorithm) => Algorithm is null || Algorithm == algorithm;

        public bool Accept(RegoObject payload, Func<long> now)
        {
            if (Issuer is not null && payload["iss"] != Issuer) return false;
            var isForAudience = payload["aud"] switch
            {
                null => Audience is null,
                RegoArray several => Audience is not null && several.Contains(Audience),
                var one => Audience is not null && one == Audience,
            };
            if (!isForAudience) return false;
            if (payload["exp"] is not RegoValue && payload["nbf"] is not RegoValue) return true;
            var time = Time ?? RegoNumber.Of(now());
            return !(payload["exp"] is { } end && Nanoseconds(end, "exp") <= time)
                && !(payload["nbf"] is { } start && time < Nanoseconds(start, "nbf"));
        }

        private static RegoNumber Nanoseconds(RegoValue seconds, string claim)
        {
            if (seconds is not RegoNumber number) throw new BuiltinException($"{claim} value must be a number");
            var (mantissa, exponent) = number.Exact;
            var shifted = exponent + 9;
            return RegoNumber.Of(shifted >= 0
                ? mantissa * BigInteger.Pow(10, shifted)
                : mantissa / BigInteger.Pow(10, -shifted));
        }

        private static string? Text(RegoObject constraints, string name) => constraints[name] switch
        {
            null => null,
            RegoString text => text.Value,
            _ => throw Operands.WrongValue(1, $"token {name} constraint: must be a string"),
        };
    }
}
