using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Coffer.Capabilities;
using Coffer.Plugins.Ambient;

namespace Coffer.Plugins.Extism;

/// <summary>HTTP requests of a sandbox, as Extism's plugins describe them: JSON, and a body beside it.</summary>
internal sealed class ExtismHttp(PluginSandbox sandbox)
{
    private const int LongestRequest = 1 << 20;
    private readonly CapabilityGate gate = GrantedHttp.GateOf(sandbox.Options.Grants, sandbox.Options.Audit, sandbox.Plugin);
    private SortedDictionary<string, string> headers = [];

    /// <summary>The status of the last answer; 0 when there was none.</summary>
    public int StatusCode { get; private set; }

    /// <summary>Sends a request, and waits for its answer no longer than the call may take.</summary>
    /// <returns>The block with the body of the answer; 0 when it is empty.</returns>
    public long Send(Caller caller, long requestBlock, long bodyBlock)
    {
        StatusCode = 0;
        headers = [];
        var kernel = sandbox.Kernel;
        if (kernel.Memory.Length(requestBlock) > LongestRequest) throw new InvalidDataException($"The plugin's HTTP request is longer than the {LongestRequest} bytes that one may have without its body.");
        var request = Parse(kernel.ReadText(requestBlock));
        using var message = new HttpRequestMessage(HttpMethod.Parse(request.Method ?? "GET"), request.Url);
        if (bodyBlock != 0 && message.Method != HttpMethod.Get && message.Method != HttpMethod.Head)
        {
            if (!kernel.Memory.TryRead(bodyBlock, out var body)) throw new TrapException(TrapKind.MemoryOutOfBounds);
            message.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (var (name, value) in request.Headers ?? request.Header ?? [])
        {
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        var answer = GrantedHttp.Send(gate, message, sandbox.Options.Limits.HttpResponseBytes, caller.Store.InterruptToken);
        caller.Store.ThrowIfInterrupted();
        StatusCode = answer.StatusCode;
        headers = answer.Headers;
        var block = kernel.Memory.Store(answer.Body);
        if (block == 0 && answer.Body.Length > 0)
        {
            throw new ExhaustionException(ExhaustionKind.StoreLimit, $"the answer of {answer.Body.Length} bytes does not fit in the plugin's memory");
        }

        return block;
    }

    /// <summary>The block with the headers of the last answer, as a JSON object; 0 when there was none.</summary>
    public long StoreHeaders() => StatusCode == 0
        ? 0
        : sandbox.Kernel.Memory.Store(JsonSerializer.SerializeToUtf8Bytes(headers, ExtismJson.Default.SortedDictionaryStringString));

    private static ExtismRequest Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ExtismJson.Default.ExtismRequest)
                ?? throw new JsonException("null is no request");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The plugin's HTTP request is not as it should be: {exception.Message}", exception);
        }
    }
}

/// <summary>A request as a plugin writes it.</summary>
internal sealed record ExtismRequest(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("method")] string? Method,
    [property: JsonPropertyName("headers")] Dictionary<string, string>? Headers,
    [property: JsonPropertyName("header")] Dictionary<string, string>? Header);
