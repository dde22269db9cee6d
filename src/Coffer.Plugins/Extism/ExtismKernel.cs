using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Extism;

/// <summary>
/// What the functions of <c>extism:host/env</c> work on: the blocks, the input and the output of a call, and the variables
/// that stay with the sandbox. As single-threaded as its store.
/// </summary>
internal sealed class ExtismKernel(PluginOptions options)
{
    // What the reference implementation reckons for a variable beside its name and value.
    private const int VariableCost = 48;

    // The host makes texts of twice the size of what a plugin says, on its own heap.
    private const int LongestName = 64 << 10;

    // Its text is copied into messages, and objects from 85,000 bytes on are collected with everything else only: a plugin that
    // refuses again and again would have the collector at work all the time.
    private const int LongestError = 16 << 10;

    private readonly Dictionary<string, byte[]> variables = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, string> config = options.Config;
    private readonly PluginLimits limits = options.Limits;
    private long variableBytes;
    private long input;
    private long inputLength;
    private (long Offset, long Length) output;
    private long error;

    /// <summary>The blocks.</summary>
    public ExtismMemory Memory { get; } = new(Math.Min(options.Limits.MemoryBytes, int.MaxValue / 2));

    /// <summary>The HTTP requests of the sandbox.</summary>
    public ExtismHttp? Http { get; set; }

    /// <summary>Where the input of the call is.</summary>
    public long InputOffset => input;

    /// <summary>How long it is.</summary>
    public long InputLength => inputLength;

    /// <summary>The error that the plugin has set, or 0.</summary>
    public long Error => error;

    /// <summary>Begins a call.</summary>
    /// <exception cref="ExhaustionException">The input is larger than the plugin's memory may be.</exception>
    public void Begin(ReadOnlySpan<byte> content)
    {
        Clear();
        input = Memory.Store(content);
        inputLength = content.Length;
        if (input == 0 && content.Length > 0)
        {
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit, $"an input of {content.Length} bytes is more than the plugin's memory may be (MemoryBytes: {limits.MemoryBytes})");
        }
    }

    /// <summary>Forgets the call; the variables stay.</summary>
    public void Clear()
    {
        Memory.Reset();
        input = inputLength = error = 0;
        output = default;
    }

    /// <summary>What the plugin has answered, until the call is forgotten.</summary>
    public ReadOnlySpan<byte> Output => output.Length == 0 ? [] : Memory.Access(output.Offset, (int)output.Length);

    /// <summary>The text of the error that the plugin has set, cut where it is too long to be read; or null.</summary>
    public string? ErrorText() =>
        error == 0 || !Memory.TryRead(error, out var text) ? null : Encoding.UTF8.GetString(text[..Math.Min(text.Length, LongestError)]);

    public void SetOutput(long offset, long length)
    {
        if (length < 0 || length > limits.OutputBytes)
        {
            throw new ExhaustionException(ExhaustionKind.StoreLimit, $"an output of {(ulong)length} bytes is more than the plugin may answer (OutputBytes: {limits.OutputBytes})");
        }

        if (length > 0) Memory.Access(offset, (int)length);
        output = (offset, length);
    }

    public void SetError(long offset)
    {
        if (offset != 0 && !Memory.TryRead(offset, out _)) throw new TrapException(TrapKind.MemoryOutOfBounds);
        error = offset;
    }

    /// <summary>A little-endian word of the input, with zeros for what is beyond its end.</summary>
    public long ReadInput(long offset, int length)
    {
        if ((ulong)offset >= (ulong)inputLength) return 0;
        Span<byte> word = stackalloc byte[8];
        word.Clear();
        var available = (int)Math.Min(length, inputLength - offset);
        Memory.Access(input + offset, available).CopyTo(word);
        return BinaryPrimitives.ReadInt64LittleEndian(word);
    }

    public string ReadText(long offset) => Memory.TryRead(offset, out var text)
        ? Encoding.UTF8.GetString(text)
        : throw new TrapException(TrapKind.MemoryOutOfBounds);

    public long GetConfig(long key) => config.TryGetValue(ReadName(key), out var value) ? Memory.Store(Encoding.UTF8.GetBytes(value)) : 0;

    public long GetVariable(long key) => variables.TryGetValue(ReadName(key), out var value) ? Memory.Store(value) : 0;

    public void SetVariable(long key, long value)
    {
        var name = ReadName(key);
        if (variables.Remove(name, out var old)) variableBytes -= CostOf(name, old.Length);
        if (value == 0) return;
        if (!Memory.TryRead(value, out var content)) throw new TrapException(TrapKind.MemoryOutOfBounds);
        if (variableBytes + CostOf(name, content.Length) > limits.VariableBytes)
        {
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit, $"the variables are more than the plugin may keep (VariableBytes: {limits.VariableBytes})");
        }

        variables[name] = content.ToArray();
        variableBytes += CostOf(name, content.Length);
    }

    /// <summary>The level that plugins know, from 0 for tracing to 4 for errors.</summary>
    public static int LevelOf(LogLevel level) => level == LogLevel.None ? int.MaxValue : Math.Min((int)level, 4);

    /// <summary>A text that the host looks something up by: what is longer than a name was not meant as one.</summary>
    private string ReadName(long offset) => Memory.Length(offset) <= LongestName
        ? ReadText(offset)
        : throw new ExhaustionException(ExhaustionKind.StoreLimit, $"a name of {Memory.Length(offset)} bytes is more than the {LongestName} that one may have");

    private static long CostOf(string name, int length) => VariableCost + Encoding.UTF8.GetByteCount(name) + length;
}
