using System.Diagnostics.CodeAnalysis;
using System.Text;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>A cursor over tokens.</summary>
internal sealed class TokenReader(TokenList tokens, int first, int end)
{
    private readonly WasmWriter decoded = new();

    public TokenList Tokens => tokens;

    /// <summary>The index of the next token.</summary>
    public int Position { get; set; } = first;

    /// <summary>The index at which reading ends: a right parenthesis or the end of the text.</summary>
    public int End => end;

    public bool AtEnd => Position >= end;

    /// <summary>The next token.</summary>
    public ref readonly Token Current => ref tokens[Position];

    public TokenKind Kind => tokens[Position].Kind;

    /// <summary>The characters of the next token.</summary>
    public ReadOnlySpan<byte> Text => tokens.Text(tokens[Position]);

    /// <summary>The kind of a token further on.</summary>
    public TokenKind Peek(int distance) =>
        Position + distance < tokens.Count ? tokens[Position + distance].Kind : TokenKind.End;

    /// <summary>Whether the next token is this word.</summary>
    public bool IsKeyword(ReadOnlySpan<byte> word) => Kind == TokenKind.Keyword && Text.SequenceEqual(word);

    /// <summary>Whether the next tokens are a left parenthesis and this word.</summary>
    public bool IsOpen(ReadOnlySpan<byte> word) =>
        Kind == TokenKind.LeftParen
        && Peek(1) == TokenKind.Keyword
        && tokens.Text(tokens[Position + 1]).SequenceEqual(word);

    /// <summary>Reads this word if it comes next.</summary>
    public bool TryKeyword(ReadOnlySpan<byte> word)
    {
        if (!IsKeyword(word)) return false;
        Position++;
        return true;
    }

    /// <summary>Reads a left parenthesis and this word if they come next.</summary>
    public bool TryOpen(ReadOnlySpan<byte> word)
    {
        if (!IsOpen(word)) return false;
        Position += 2;
        return true;
    }

    public void Expect(TokenKind kind)
    {
        if (Kind != kind) ThrowUnexpected();
        Position++;
    }

    public void ExpectKeyword(ReadOnlySpan<byte> word)
    {
        if (!TryKeyword(word)) ThrowUnexpected();
    }

    public void ExpectOpen(ReadOnlySpan<byte> word)
    {
        if (TryOpen(word)) return;
        if (Kind == TokenKind.LeftParen) Position++;
        ThrowUnexpected();
    }

    public void ExpectClose() => Expect(TokenKind.RightParen);

    /// <summary>Reads a string. The result is valid until the next one is read.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        decoded.Clear();
        AppendString(decoded);
        return decoded.Written;
    }

    /// <summary>Reads a string and appends its bytes.</summary>
    public void AppendString(WasmWriter output)
    {
        if (Kind != TokenKind.String) ThrowUnexpected();
        StringLiteral.Decode(Text, output);
        Position++;
    }

    /// <summary>Reads a string that must be UTF-8.</summary>
    public ReadOnlySpan<byte> ReadName()
    {
        var start = Position;
        var name = ReadString();
        if (!System.Text.Unicode.Utf8.IsValid(name)) Throw(start, "malformed UTF-8 encoding");
        return name;
    }

    /// <summary>Reads a string that must be UTF-8, as .NET sees it.</summary>
    public string ReadNameString() => Encoding.UTF8.GetString(ReadName());

    /// <summary>Reads an unsigned number of at most 32 or 64 bits.</summary>
    public ulong ReadNatural(int bits)
    {
        if (Kind != TokenKind.Natural) ThrowUnexpected();
        if (!IntegerLiteral.TryParseNatural(Text, out var value) || value > ulong.MaxValue >> (64 - bits))
        {
            Throw(Position, $"i{bits} constant out of range");
        }

        Position++;
        return value;
    }

    /// <summary>Skips the rest of a parenthesised group whose left parenthesis is at <paramref name="left"/>.</summary>
    public void SkipGroup(int left) => Position = Math.Min(tokens[left].Extent + 1, tokens.Count - 1);

    /// <summary>An error at a token.</summary>
    [DoesNotReturn]
    public void Throw(int token, string message) => tokens.Source.Throw(tokens[token].Start, message);

    /// <summary>The error for a token that cannot come here.</summary>
    [DoesNotReturn]
    public void ThrowUnexpected()
    {
        var token = Current;
        var text = Encoding.UTF8.GetString(tokens.Text(token)[..Math.Min(80, tokens.Text(token).Length)]);
        var isUnknown = token.Kind == TokenKind.Reserved
            || (token.Kind == TokenKind.Keyword && !Keywords.IsKnown(tokens.Text(token)));
        Throw(Position, token.Kind == TokenKind.End ? "unexpected token: end of text"
            : isUnknown ? $"unknown operator {text}"
            : $"unexpected token: {text}");
    }
}
