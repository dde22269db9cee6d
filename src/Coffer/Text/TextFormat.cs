using System.Text;
using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>The text format of WebAssembly (specification, chapter 6). Thread-safe.</summary>
public static class TextFormat
{
    /// <summary>Translates a module from the text format to the binary format. It is not validated.</summary>
    /// <param name="source">The module, or just its fields, in UTF-8.</param>
    /// <param name="features">The proposals whose instructions are accepted.</param>
    /// <param name="emitNames">Whether identifiers are kept, in a name section.</param>
    /// <exception cref="MalformedException">
    /// The text is malformed; the message begins with the specification's words.
    /// </exception>
    /// <exception cref="InvalidException">A branch hint is given to an instruction that cannot have one.</exception>
    public static byte[] Parse(ReadOnlySpan<byte> source, Features features = Features.All, bool emitNames = false) =>
        ModuleParser.Parse(source.ToArray(), features, emitNames);

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, Features, bool)"/>
    public static byte[] Parse(string source, Features features = Features.All, bool emitNames = false) =>
        ModuleParser.Parse(Encoding.UTF8.GetBytes(source), features, emitNames);

    /// <summary>Prints a module in the text format. Its types must be valid; nothing else is validated.</summary>
    /// <param name="module">The module in the binary format.</param>
    /// <param name="output">Where the text goes.</param>
    /// <exception cref="MalformedException">The bytes are not a module.</exception>
    /// <exception cref="InvalidException">The type section is invalid.</exception>
    /// <exception cref="ExhaustionException">The module exceeds <see cref="ModuleLimits.Default"/>.</exception>
    public static void Print(ReadOnlyMemory<byte> module, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var definition = ModuleDecoder.Decode(module, new TypeRegistry(), Features.All, ModuleLimits.Default);
        ModulePrinter.Print(definition, output);
    }

    /// <inheritdoc cref="Print(ReadOnlyMemory{byte}, TextWriter)"/>
    /// <returns>The text.</returns>
    public static string Print(ReadOnlyMemory<byte> module)
    {
        using var text = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        Print(module, text);
        return text.ToString();
    }
}
