namespace Coffer.Text;

/// <summary>
/// The source of a module in a script. It is parsed only when asked for, so that a malformed module fails its own
/// directive and no other.
/// </summary>
internal abstract class WastModule
{
    private protected WastModule()
    {
    }

    /// <summary>The module in the binary format.</summary>
    /// <exception cref="MalformedException">The text is malformed. Binary modules are returned as they are.</exception>
    public abstract byte[] Encode(Features features = Features.All);
}

/// <summary><c>(module binary "…")</c>: the bytes as written, well-formed or not.</summary>
internal sealed class WastBinaryModule(byte[] bytes) : WastModule
{
    /// <inheritdoc/>
    public override byte[] Encode(Features features = Features.All) => bytes;
}

/// <summary><c>(module quote "…")</c>: text in strings.</summary>
internal sealed class WastQuotedModule(byte[] text) : WastModule
{
    /// <summary>The text, which need not be UTF-8.</summary>
    public byte[] Text => text;

    /// <inheritdoc/>
    public override byte[] Encode(Features features = Features.All) => TextFormat.Parse(text, features);
}

/// <summary><c>(module …)</c>: text in the script itself, so that errors have the script's lines.</summary>
internal sealed class WastTextModule(TokenList tokens, int first, int right) : WastModule
{
    /// <inheritdoc/>
    public override byte[] Encode(Features features = Features.All) =>
        ModuleParser.Parse(tokens, first, right, features);
}

/// <summary>A script that is nothing but the fields of one module.</summary>
internal sealed class WastFieldsModule(TokenList tokens) : WastModule
{
    /// <inheritdoc/>
    public override byte[] Encode(Features features = Features.All) => ModuleParser.ParseFields(tokens, features);
}
