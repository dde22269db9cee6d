namespace Coffer.Text;

/// <summary>The kinds of token (specification, section 6.3.1).</summary>
internal enum TokenKind : byte
{
    /// <summary>After the last token.</summary>
    End,
    LeftParen,
    RightParen,
    /// <summary>Begins with a lower-case letter; whether it is a word of the language is not yet known.</summary>
    Keyword,
    /// <summary><c>$name</c> or <c>$"name"</c>.</summary>
    Identifier,
    String,
    /// <summary>An unsigned integer.</summary>
    Natural,
    /// <summary>An integer with a sign.</summary>
    Integer,
    /// <summary>A number that only a float can be.</summary>
    Float,
    /// <summary>Any other run of token characters.</summary>
    Reserved,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Start">The offset of its first byte.</param>
/// <param name="Extent">
/// Its length in bytes; of a left parenthesis instead the index of the matching right one (of the end, if there is
/// none).
/// </param>
internal readonly record struct Token(TokenKind Kind, int Start, int Extent);

/// <summary>
/// An annotation that Coffer knows. Its tokens (without parentheses and id) are kept apart from the module's.
/// </summary>
/// <param name="Kind">Which annotation.</param>
/// <param name="Start">The offset of its left parenthesis.</param>
/// <param name="Anchor">The index of the token that follows it.</param>
/// <param name="First">Its first token in <see cref="TokenList.AnnotationTokens"/>.</param>
/// <param name="End">The end of its tokens, at which there is a token of kind <see cref="TokenKind.End"/>.</param>
internal readonly record struct Annotation(AnnotationKind Kind, int Start, int Anchor, int First, int End);

/// <summary>The annotations of the specification's appendix.</summary>
internal enum AnnotationKind : byte
{
    Custom,
    Name,
    BranchHint,
}

/// <summary>The tokens of a text. Comments, and annotations that Coffer does not know, are gone.</summary>
internal sealed class TokenList(SourceText source)
{
    private Token[] tokens = new Token[64];

    public SourceText Source => source;

    public int Count { get; private set; }

    /// <summary>The known annotations, in order.</summary>
    public List<Annotation> Annotations { get; } = [];

    /// <summary>The tokens inside the known annotations.</summary>
    public List<Token> AnnotationTokens { get; } = [];

    public ref readonly Token this[int index] => ref tokens[index];

    public void Add(TokenKind kind, int start, int extent)
    {
        if (Count == tokens.Length) Array.Resize(ref tokens, tokens.Length * 2);
        tokens[Count++] = new Token(kind, start, extent);
    }

    /// <summary>Completes a left parenthesis.</summary>
    public void SetMatch(int left, int right) => tokens[left] = tokens[left] with { Extent = right };

    /// <summary>The characters of a token.</summary>
    public ReadOnlySpan<byte> Text(Token token)
    {
        var length = token.Kind == TokenKind.LeftParen ? 1 : token.Extent;
        return source.Bytes.AsSpan(token.Start, length);
    }
}
