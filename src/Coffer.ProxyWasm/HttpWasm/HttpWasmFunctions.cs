using System.Text;
using Coffer.ProxyWasm.Streams;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>
/// The functions of http-wasm. What the handler passes is checked; what cannot be done ends the handler, as the ABI has no
/// way to return errors.
/// </summary>
internal static class HttpWasmFunctions
{
    public const string Module = "http_handler";

    public static void Define(Linker linker)
    {
        void Is(string name, Func<Delegate> make) => linker.DefineLazily(Module, name, make);

        Is("get_config", () => (Caller caller, int buffer, int limit) => Give(caller, Of(caller).Options.Configuration.Span, buffer, limit));
        Is("enable_features", () => (Caller caller, int features) => Of(caller).Enable(features));
        Is("log", () => (Caller caller, int level, int message, int length) => Of(caller).Log.Write(LevelOf(level), Read(caller, message, length)));
        Is("log_enabled", () => (Caller caller, int level) => LevelOf(level) >= Of(caller).Options.LogLevel && LevelOf(level) != LogLevel.None ? 1 : 0);
        Is("get_header_names", () => GetHeaderNames);
        Is("get_header_values", () => GetHeaderValues);
        Is("set_header_value", () => (Caller caller, int kind, int name, int nameLength, int value, int valueLength) =>
            Require(Writable(caller, kind).TryReplace(Text(caller, name, nameLength), Text(caller, value, valueLength)), "set_header_value: it is no header, or too long"));
        Is("add_header_value", () => (Caller caller, int kind, int name, int nameLength, int value, int valueLength) =>
            Require(Writable(caller, kind).TryAdd(Text(caller, name, nameLength), Text(caller, value, valueLength)), "add_header_value: it is no header, or too long"));
        Is("remove_header", () => (Caller caller, int kind, int name, int nameLength) =>
            Require(Writable(caller, kind).TryRemove(Text(caller, name, nameLength)), "remove_header: the headers have been sent"));
        Is("read_body", () => ReadBody);
        Is("write_body", () => WriteBody);
        Is("get_method", () => (Caller caller, int buffer, int limit) => Give(caller, Exchange(caller).Method, buffer, limit));
        Is("set_method", () => (Caller caller, int text, int length) =>
        {
            BeforeNext(caller, "set_method").Method = Text(caller, text, length);
        });
        Is("get_uri", () => (Caller caller, int buffer, int limit) => Give(caller, Exchange(caller).Uri, buffer, limit));
        Is("set_uri", () => (Caller caller, int text, int length) =>
        {
            BeforeNext(caller, "set_uri").Uri = Text(caller, text, length);
        });
        Is("get_protocol_version", () => (Caller caller, int buffer, int limit) => Give(caller, Exchange(caller).ProtocolVersion, buffer, limit));
        Is("get_source_addr", () => (Caller caller, int buffer, int limit) => Give(caller, Exchange(caller).SourceAddress, buffer, limit));
        Is("get_status_code", () => (Caller caller) => Exchange(caller).StatusCode);
        Is("set_status_code", () => SetStatusCode);
    }

    private static HttpWasmInstance Of(Caller caller) => (HttpWasmInstance)caller.Store.Data!;

    private static HttpWasmExchange Exchange(Caller caller) =>
        Of(caller).Exchange ?? throw new HttpWasmException("it asks for a request while there is none");

    private static HttpWasmExchange BeforeNext(Caller caller, string function)
    {
        var exchange = Exchange(caller);
        Require(!exchange.IsAfterNext, $"{function}: the request has gone on");
        return exchange;
    }

    private static long GetHeaderNames(Caller caller, int kind, int buffer, int limit)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        Map(caller, kind)?.CopyTo(pairs);
        var names = pairs.Where(pair => !pair.Key.StartsWith(':')).Select(pair => pair.Key.ToLowerInvariant()).Distinct().ToList();
        return GiveAll(caller, names, buffer, limit);
    }

    private static long GetHeaderValues(Caller caller, int kind, int name, int nameLength, int buffer, int limit)
    {
        var key = Text(caller, name, nameLength);
        Require(key.Length > 0, "get_header_values: the name is empty");
        var pairs = new List<KeyValuePair<string, string>>();
        Map(caller, kind)?.CopyTo(pairs);
        return GiveAll(caller, [.. pairs.Where(pair => string.Equals(pair.Key, key, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.Value)], buffer, limit);
    }

    private static long ReadBody(Caller caller, int kind, int buffer, int limit)
    {
        Require(kind is 0 or 1, "read_body: there is no such body");
        Require(limit > 0, "read_body: there is no room");
        var exchange = Exchange(caller);
        Require(kind == 0 || exchange.Features.HasFlag(HttpWasmFeatures.BufferResponse), "read_body: the response is not kept; enable buffer_response");
        var body = kind == 0 ? exchange.RequestBody : exchange.ResponseBody;
        Require(caller.Memory.TryGetSpan((uint)buffer, (uint)limit, out var target), "read_body: the buffer is not in its memory");
        var count = body.Read(target);
        return (body.Position == body.Length ? 1L << 32 : 0) | (uint)count;
    }

    private static void WriteBody(Caller caller, int kind, int pointer, int length)
    {
        Require(kind is 0 or 1, "write_body: there is no such body");
        var bytes = Read(caller, pointer, length);
        var exchange = Exchange(caller);
        var body = kind == 0 ? exchange.RequestBody : exchange.ResponseBody;
        Require(body.Length + (long)bytes.Length <= Math.Max(Of(caller).Options.BufferLimit, body.Length), "write_body: it is more than may be kept");
        if (kind == 0) BeforeNext(caller, "write_body").WriteRequest(bytes);
        else
        {
            Require(!exchange.IsAfterNext || exchange.CanChangeResponse, "write_body: the response has been sent; enable buffer_response");
            exchange.WriteResponse(bytes);
        }
    }

    private static void SetStatusCode(Caller caller, int code)
    {
        var exchange = Exchange(caller);
        Require(code is >= 100 and <= 999, "set_status_code: there is no such status");
        Require(exchange.CanChangeResponse, "set_status_code: the response has been sent; enable buffer_response");
        exchange.StatusCode = code;
    }

    private static HeaderMap? Map(Caller caller, int kind)
    {
        Require(kind is >= 0 and <= 3, "there are no such headers");
        return Exchange(caller).Headers(kind);
    }

    private static HeaderMap Writable(Caller caller, int kind)
    {
        var map = Map(caller, kind);
        if (kind is 0 or 2) BeforeNext(caller, "headers of the request");
        Require(map is not null, "there are no trailers here");
        Require(map!.IsWritable, "the headers of the response have been sent; enable buffer_response");
        return map;
    }

    private static long GiveAll(Caller caller, List<string> texts, int buffer, int limit)
    {
        var length = 0;
        foreach (var text in texts) length = checked(length + Encoding.UTF8.GetByteCount(text) + 1);
        if (texts.Count == 0) return 0;
        if (length <= limit)
        {
            Require(caller.Memory.TryGetSpan((uint)buffer, (uint)length, out var target), "the buffer is not in its memory");
            foreach (var text in texts)
            {
                var count = Encoding.UTF8.GetBytes(text, target);
                target[count] = 0;
                target = target[(count + 1)..];
            }
        }

        return ((long)texts.Count << 32) | (uint)length;
    }

    private static int Give(Caller caller, string text, int buffer, int limit) => Give(caller, Encoding.UTF8.GetBytes(text), buffer, limit);

    // What does not fit is not written; the length tells.
    private static int Give(Caller caller, ReadOnlySpan<byte> bytes, int buffer, int limit)
    {
        if (limit < 0 || bytes.Length > limit) return bytes.Length;
        Require(caller.Memory.TryGetSpan((uint)buffer, (uint)bytes.Length, out var target), "the buffer is not in its memory");
        bytes.CopyTo(target);
        return bytes.Length;
    }

    private static ReadOnlySpan<byte> Read(Caller caller, int pointer, int length)
    {
        Require(caller.Memory.TryGetSpan((uint)pointer, (uint)length, out var span), "what it passes is not in its memory");
        return span;
    }

    private static string Text(Caller caller, int pointer, int length) => Encoding.UTF8.GetString(Read(caller, pointer, length));

    private static LogLevel LevelOf(int level) => level switch
    {
        -1 => LogLevel.Debug,
        0 => LogLevel.Information,
        1 => LogLevel.Warning,
        2 => LogLevel.Error,
        _ => LogLevel.None,
    };

    private static void Require(bool condition, string message)
    {
        if (!condition) throw new HttpWasmException(message);
    }
}

/// <summary>A handler asked for what cannot be done, which ends it.</summary>
internal sealed class HttpWasmException(string message) : Exception(message);
