using System.Net.Http.Headers;
using System.Text;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Grants;
using Coffer.Opa.Values;
using Coffer.Plugins.Ambient;

namespace Coffer.Opa.Builtins;

/// <summary>Requests by HTTP, where they were granted.</summary>
internal static class HttpBuiltins
{
    private const int LargestAnswer = 16 << 20;
    private const int MostRedirects = 10;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(5);

    private static readonly string[] Required = ["method", "url"];
    private static readonly string[] Secrets = ["authorization", "cookie", "www-authenticate"];

    private static readonly string[] Known =
    [
        "method", "url", "body", "raw_body", "headers", "enable_redirect", "force_json_decode", "force_yaml_decode",
            "timeout", "raise_error",
        "cache", "force_cache", "force_cache_duration_seconds", "caching_mode", "cache_ignored_headers", "max_retry_attempts",
        "tls_use_system_certs", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert",
            "tls_client_cert_file", "tls_client_cert_env_variable",
        "tls_client_key", "tls_client_key_file", "tls_client_key_env_variable", "tls_insecure_skip_verify", "tls_server_name",
    ];

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("http.send", (context, a) => Send(context, a.Object(0))),
    ];

    private static RegoValue Send(BuiltinContext context, RegoObject request)
    {
        var unknown = request.Keys.OfType<RegoString>().Where(key => !Known.Contains(key.Value)).Select(key => key.Value)
            .ToList();
        if (unknown.Count > 0) throw Operands.WrongValue(0, $"invalid request parameters(s): {Operands.Show(unknown)}");
        var missing = Required.Where(key => request[key] is not RegoString).ToList();
        if (missing.Count > 0) throw Operands.WrongValue(
            0, $"missing required request parameters(s): {Operands.Show(missing)}");
        var special = request.Keys.OfType<RegoString>()
            .FirstOrDefault(key => key.Value.StartsWith("tls_", StringComparison.Ordinal)
                && key.Value != "tls_use_system_certs");
        if (special is not null) throw Operands.WrongValue(
            0, $"the request parameter {special} is not supported: certificates are those that the system trusts");

        // The same request in one evaluation has the same answer.
        return context.Keep("http.send", request, () => SendOrTell(context, request));
    }

    private static RegoObject SendOrTell(BuiltinContext context, RegoObject request)
    {
        try
        {
            var answer = SendAndFollow(context, request);
            return Describe(answer, request);
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or InvalidDataException or TaskCanceledException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var message = $"Get \"{Text(request, "url")}\": {(exception is TaskCanceledException ? "request timed out" : exception.Message)}";
            if (request["raise_error"] is not RegoBoolean { Value: false }) throw new BuiltinException(message, exception);
            return new RegoObject(new("status_code", 0L),
                new("error", new RegoObject(new("code", "eval_http_send_network_error"), new("message", message))));
        }
    }

    private static GrantedAnswer SendAndFollow(BuiltinContext context, RegoObject request)
    {
        var method = Text(request, "method").ToUpperInvariant();
        if (method.Length == 0 || !method.All(char.IsAsciiLetterUpper)) throw Operands.WrongValue(0, $"{request["method"]} is no method of HTTP");
        if (!Uri.TryCreate(Text(request, "url"), UriKind.Absolute, out var url)) throw Operands.WrongValue(
            0, $"the url {request["url"]} cannot be read");
        var first = url.Authority;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        limit.CancelAfter(Timeout(request));
        for (var redirects = 0; ; redirects++)
        {
            context.Decide(new AccessRequest { Kind = CapabilityKind.Http, Operation = "http.send", Url = url,
                Method = method });
            using var message = new HttpRequestMessage(new HttpMethod(method), url);
            if (Body(request) is { } body) message.Content = body;
            foreach (var (name, value) in request["headers"] as RegoObject ?? RegoObject.Empty)
            {
                // What is for one host is not told to another that it leads to.
                if (url.Authority == first || name is not RegoString header
                    || !Secrets.Contains(header.Value.ToLowerInvariant())) AddHeader(message, name, value);
            }

            var answer = Task.Run(() =>
                GrantedHttp.SendAsync(context.Options.Capabilities, message, LargestAnswer, limit.Token),
                CancellationToken.None).GetAwaiter().GetResult();
            var isRedirect = answer.StatusCode is 301 or 302 or 303 or 307 or 308 && answer.Headers.ContainsKey("location");
            if (!isRedirect || request["enable_redirect"] is not RegoBoolean { Value: true }) return answer;
            if (redirects == MostRedirects) throw new HttpRequestException($"stopped after {MostRedirects} redirects");
            url = new Uri(url, answer.Headers["location"]);
            if (answer.StatusCode == 303) method = "GET";
        }
    }

    private static TimeSpan Timeout(RegoObject request)
    {
        var wanted = Wanted(request);
        return wanted < TimeSpan.Zero ? TimeSpan.Zero : wanted > LongestTimeout ? LongestTimeout : wanted;
    }

    private static TimeSpan Wanted(RegoObject request) => request["timeout"] switch
    {
        RegoString text => TimeSpan.FromTicks(TimeBuiltins.Duration(text.Value) / 100),
        RegoNumber number when number.TryGetInt64(out var nanoseconds) && nanoseconds > 0 =>
            TimeSpan.FromTicks(nanoseconds / 100),
        _ => StandardTimeout,
    };

    private static ByteArrayContent? Body(RegoObject request)
    {
        if (request["raw_body"] is RegoString raw) return new ByteArrayContent(Encoding.UTF8.GetBytes(raw.Value));
        if (request["body"] is not { } body) return null;
        var content = new ByteArrayContent(body.ToJsonBytes());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static void AddHeader(HttpRequestMessage message, RegoValue name, RegoValue value)
    {
        if (name is not RegoString key) throw Operands.WrongValue(0, "the names of headers must be strings");
        foreach (var one in value is RegoArray several ? several : (IEnumerable<RegoValue>)[value])
        {
            var text = GoFormat.Plain(one);
            if (message.Headers.TryAddWithoutValidation(key.Value, text)) continue;
            message.Content?.Headers.Remove(key.Value);
            message.Content?.Headers.TryAddWithoutValidation(key.Value, text);
        }
    }

    private static RegoObject Describe(GrantedAnswer answer, RegoObject request)
    {
        var raw = Encoding.UTF8.GetString(answer.Body);
        var type = answer.Headers.GetValueOrDefault("content-type") ?? "";
        var isYaml = request["force_yaml_decode"] is RegoBoolean { Value: true }
            || type.Contains("yaml", StringComparison.OrdinalIgnoreCase);
        var isJson = request["force_json_decode"] is RegoBoolean { Value: true }
            || type.Contains("application/json", StringComparison.OrdinalIgnoreCase);
        return new RegoObject(
            new("status", $"{answer.StatusCode} {ReasonPhrase(answer.StatusCode)}".TrimEnd()),
            new("status_code", (long)answer.StatusCode),
            new("body", isJson || isYaml ? ReadBody(raw, isYaml && !isJson) : RegoNull.Value),
            new("raw_body", raw),
            new("headers", new RegoObject(
                answer.Headers.Select(header =>
                    KeyValuePair.Create((RegoValue)header.Key, (RegoValue)new RegoArray(header.Value))))));
    }

    private static string ReasonPhrase(int status)
    {
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)status);
        return response.ReasonPhrase ?? "";
    }

    private static RegoValue ReadBody(string raw, bool isYaml)
    {
        try
        {
            return raw.Length == 0 ? RegoNull.Value : isYaml ? RegoYaml.Read(raw) : RegoValue.Parse(raw);
        }
        catch (FormatException)
        {
            return RegoNull.Value;
        }
    }

    private static string Text(RegoObject from, string key) => ((RegoString)from[key]!).Value;
}
