using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Coffer.Plugins.Typed;

/// <summary>
/// Strings, bytes and records between a host and a plugin's own memory, by the convention of typed calls: each is a pointer
/// and a length, allocated by the plugin's <c>coffer_alloc</c>. What generated code uses.
/// </summary>
/// <remarks>
/// Arguments are allocated by the host and given back by it after the call, when the plugin has a <c>coffer_free</c>. What is
/// returned is one i64, the pointer in its upper half; who receives it frees it. A null pointer is null.
/// </remarks>
public readonly struct PluginMemory
{
    internal const string Module = "coffer:plugin";
    private const string Allocate = "coffer_alloc", Free = "coffer_free";

    private readonly PluginSandbox sandbox;

    private PluginMemory(PluginSandbox sandbox) => this.sandbox = sandbox;

    private static JsonSerializerOptions Reflected { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The memory of a sandbox.</summary>
    public static PluginMemory Of(PluginSandbox sandbox) => new(sandbox);

    /// <summary>The memory of the plugin that calls a function of the host.</summary>
    public static PluginMemory Of(Caller caller) => new(PluginSandbox.Of(caller));

    /// <summary>Copies bytes into the plugin.</summary>
    public PluginBytes Pass(ReadOnlySpan<byte> bytes)
    {
        var pointer = sandbox.GetFunction<Func<int, int>>(Allocate)(bytes.Length);
        if (pointer == 0) throw Bad($"{Allocate} gave no memory for {bytes.Length} bytes");
        if (!sandbox.Instance.GetMemory().TryGetSpan((uint)pointer, (ulong)bytes.Length, out var target)) throw Bad($"{Allocate} gave a pointer out of range");
        bytes.CopyTo(target);
        return new PluginBytes(pointer, bytes.Length);
    }

    /// <summary>Copies bytes into the plugin; null is a null pointer.</summary>
    public PluginBytes Pass(byte[]? bytes) => bytes is null ? default : Pass(bytes.AsSpan());

    /// <summary>Copies bytes into the plugin.</summary>
    public PluginBytes Pass(ReadOnlyMemory<byte> bytes) => Pass(bytes.Span);

    /// <summary>Copies text into the plugin, as UTF-8; null is a null pointer.</summary>
    public PluginBytes Pass(string? text) => text is null ? default : Pass(Encoding.UTF8.GetBytes(text).AsSpan());

    /// <summary>Copies a record into the plugin, as JSON.</summary>
    public PluginBytes PassJson<T>(T value, JsonTypeInfo<T>? type = null) => Pass(JsonSerializer.SerializeToUtf8Bytes(value, type ?? TypeOf<T>()).AsSpan());

    /// <summary>Gives back what was passed.</summary>
    public void Release(PluginBytes bytes)
    {
        if (bytes.Pointer != 0 && sandbox.Instance.FindFunction(Free) is not null) sandbox.GetFunction<Action<int, int>>(Free)(bytes.Pointer, bytes.Length);
    }

    /// <summary>Bytes that a plugin passes to the host, which stay the plugin's.</summary>
    public byte[]? Read(int pointer, int length) => pointer == 0 ? null : SpanOf(pointer, length).ToArray();

    /// <summary>Text that a plugin passes to the host.</summary>
    public string? ReadText(int pointer, int length) => pointer == 0 ? null : Encoding.UTF8.GetString(SpanOf(pointer, length));

    /// <summary>A record that a plugin passes to the host; null only where that is meant.</summary>
    public T ReadJson<T>(int pointer, int length, bool isNullable = false, JsonTypeInfo<T>? type = null)
    {
        var value = Parse(pointer == 0 ? "null"u8 : SpanOf(pointer, length), type);
        return value is not null || isNullable ? value : throw Bad($"null where a {typeof(T).Name} is wanted");
    }

    /// <summary>Bytes that a plugin has returned, which are freed.</summary>
    public byte[]? Take(long packed)
    {
        var bytes = PluginBytes.Unpack(packed);
        var taken = Read(bytes.Pointer, bytes.Length);
        Release(bytes);
        return taken;
    }

    /// <summary>Text that a plugin has returned, which is freed.</summary>
    public string? TakeText(long packed)
    {
        var bytes = PluginBytes.Unpack(packed);
        var taken = ReadText(bytes.Pointer, bytes.Length);
        Release(bytes);
        return taken;
    }

    /// <summary>A record that a plugin has returned, which is freed; null only where that is meant.</summary>
    public T TakeJson<T>(long packed, bool isNullable = false, JsonTypeInfo<T>? type = null)
    {
        var bytes = PluginBytes.Unpack(packed);
        var taken = ReadJson(bytes.Pointer, bytes.Length, isNullable, type);
        Release(bytes);
        return taken;
    }

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)Reflected.GetTypeInfo(typeof(T));

    private ReadOnlySpan<byte> SpanOf(int pointer, int length)
    {
        if ((uint)length > (uint)sandbox.Options.Limits.OutputBytes)
        {
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit, $"{(uint)length} bytes are more than the plugin may answer (OutputBytes: {sandbox.Options.Limits.OutputBytes})");
        }

        return sandbox.Instance.GetMemory().TryGetSpan((uint)pointer, (uint)length, out var span)
            ? span
            : throw Bad($"a pointer out of range: {(uint)pointer}, {(uint)length} bytes");
    }

    private T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T>? type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type ?? TypeOf<T>())!;
        }
        catch (JsonException exception)
        {
            throw Bad($"no JSON of {typeof(T).Name}: {exception.Message}", exception);
        }
    }

    private PluginException Bad(string what, Exception? inner = null) =>
        new(PluginFailure.BadAnswer, sandbox.Plugin, $"it gave what is no answer: {what}", inner) { Version = sandbox.Version };
}

/// <summary>Bytes in a plugin's memory. Immutable.</summary>
/// <param name="Pointer">Where they begin; 0 for none.</param>
/// <param name="Length">How many there are.</param>
public readonly record struct PluginBytes(int Pointer, int Length)
{
    /// <summary>As one number: the pointer in the upper half.</summary>
    public long Packed => ((long)Pointer << 32) | (uint)Length;

    /// <summary>Takes one number apart.</summary>
    public static PluginBytes Unpack(long packed) => new((int)(packed >> 32), (int)packed);
}
