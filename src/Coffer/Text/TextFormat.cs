namespace Coffer.Text;

/// <summary>The text format of WebAssembly (specification, chapter 6).</summary>
public static class TextFormat
{
    /// <summary>Translates a module from the text format to the binary format. It is not validated.</summary>
    /// <exception cref="MalformedException">The text is malformed; the message begins with the specification's words.</exception>
    public static byte[] Parse(ReadOnlySpan<byte> source, Features features = Features.All) =>
        ModuleParser.Parse(source.ToArray(), features);
}
