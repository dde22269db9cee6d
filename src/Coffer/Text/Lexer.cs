using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// Turns a text into tokens (specification, sections 6.2 and 6.3). Comments and annotations may nest to any depth;
/// nothing here recurses.
/// </summary>
internal sealed class Lexer
{
    private readonly SourceText source;
    private readonly byte[] text;
    private readonly TokenList tokens;
    private readonly Stack<int> open = [];
    private int position;

    private Lexer(SourceText source)
    {
        this.source = source;
        text = source.Bytes;
        tokens = new TokenList(source);
    }

    /// <summary>The tokens of a text.</summary>
    public static TokenList Tokenize(SourceText source)
    {
        var lexer = new Lexer(source);
        lexer.CheckEncoding();
        lexer.Run();
        return lexer.tokens;
    }

    private void CheckEncoding()
    {
        if (Utf8.IsValid(text)) return;
        ReadOnlySpan<byte> rest = text;
        while (Rune.DecodeFromUtf8(rest, out _, out var length) == OperationStatus.Done) rest = rest[length..];
        source.Throw(text.Length - rest.Length, "malformed UTF-8 encoding");
    }

    private void Run()
    {
        while (SkipSpace())
        {
            var start = position;
            switch (text[position])
            {
                case (byte)'(' when Next(1) == '@':
                    ReadAnnotation();
                    break;
                case (byte)'(':
                    open.Push(tokens.Count);
                    tokens.Add(TokenKind.LeftParen, position++, 0);
                    break;
                case (byte)')':
                    if (open.TryPop(out var left)) tokens.SetMatch(left, tokens.Count);
                    tokens.Add(TokenKind.RightParen, position++, 1);
                    break;
                default:
                    var kind = ReadToken(inAnnotation: false);
                    tokens.Add(kind, start, position - start);
                    break;
            }
        }

        while (open.TryPop(out var left)) tokens.SetMatch(left, tokens.Count);
        tokens.Add(TokenKind.End, text.Length, 0);
    }

    private int Next(int distance) => position + distance < text.Length ? text[position + distance] : -1;

    // Skips white space and comments; false at the end of the text.
    private bool SkipSpace()
    {
        while (position < text.Length)
        {
            var c = text[position];
            if (CharacterClasses.Is(c, CharacterClass.Space)) position++;
            else if (c == (byte)';' && Next(1) == ';') SkipLine();
            else if (c == (byte)'(' && Next(1) == ';') SkipBlockComment();
            else return true;
        }

        return false;
    }

    private void SkipLine()
    {
        var length = text.AsSpan(position).IndexOfAny((byte)'\n', (byte)'\r');
        position = length < 0 ? text.Length : position + length;
    }

    private void SkipBlockComment()
    {
        var start = position;
        var depth = 0;
        do
        {
            var skip = text.AsSpan(position).IndexOfAny((byte)'(', (byte)';');
            if (skip < 0 || position + skip + 1 >= text.Length) source.Throw(start, "unclosed comment");
            position += skip;
            if (text[position] == (byte)'(' && text[position + 1] == (byte)';')
            {
                depth++;
                position += 2;
            }
            else if (text[position] == (byte)';' && text[position + 1] == (byte)')')
            {
                depth--;
                position += 2;
            }
            else
            {
                position++;
            }
        }
        while (depth > 0);
    }

    private TokenKind ReadToken(bool inAnnotation)
    {
        var start = position;
        var runs = 0;
        var strings = 0;
        while (position < text.Length)
        {
            var c = text[position];
            if (CharacterClasses.Is(c, CharacterClass.Identifier))
            {
                runs++;
                SkipIdentifier();
            }
            else if (c == (byte)'"')
            {
                strings++;
                ReadString(start);
            }
            else if (CharacterClasses.Is(c, CharacterClass.Punctuation) && !(c == (byte)';' && Next(1) == ';'))
            {
                // Only ever part of a reserved token.
                runs += 2;
                position++;
            }
            else
            {
                break;
            }
        }

        if (position == start) ThrowIllegalCharacter();
        return TokenClassifier.Classify(source, start, position, runs, strings, inAnnotation);
    }

    private void SkipIdentifier()
    {
        while (position < text.Length && CharacterClasses.Is(text[position], CharacterClass.Identifier)) position++;
    }

    private void ReadString(int tokenStart)
    {
        var end = StringLiteral.Scan(text, position, out var error);
        if (error is not null)
        {
            // The prefix of a quoted identifier is a token of its own when no string follows.
            var isIdentifier = position == tokenStart + 1 && text[tokenStart] == (byte)'$';
            source.Throw(end, isIdentifier ? $"empty identifier: {error}" : error);
        }

        position = end;
    }

    private void ThrowIllegalCharacter()
    {
        var c = text[position];
        source.Throw(position, c is > 0x20 and < 0x7F ? $"illegal character '{(char)c}'" : "illegal character");
    }

    private void ReadAnnotation()
    {
        var start = position;
        position += 2;
        var kind = ReadAnnotationKind(start);
        var first = tokens.AnnotationTokens.Count;
        var depth = 1;
        var known = kind is not null;
        while (depth > 0)
        {
            if (!SkipSpace()) source.Throw(start, "unclosed annotation");
            var tokenStart = position;
            var token = TokenKind.LeftParen;
            if (text[position] == (byte)'(')
            {
                depth++;
                position++;
            }
            else if (text[position] == (byte)')')
            {
                token = TokenKind.RightParen;
                depth--;
                position++;
            }
            else
            {
                token = ReadToken(inAnnotation: true);
            }

            if (known && depth > 0) tokens.AnnotationTokens.Add(new Token(token, tokenStart, position - tokenStart));
        }

        if (!known) return;
        var end = tokens.AnnotationTokens.Count;
        tokens.AnnotationTokens.Add(new Token(TokenKind.End, position - 1, 0));
        tokens.Annotations.Add(new Annotation(kind!.Value, start, tokens.Count, first, end));
    }

    private AnnotationKind? ReadAnnotationKind(int start)
    {
        const string Empty = "empty annotation id";
        var idStart = position;
        ReadOnlySpan<byte> id;
        if (Next(0) == '"')
        {
            var end = StringLiteral.Scan(text, position, out var error);
            if (error is not null) source.Throw(start, error == "unclosed string" && end == position ? error : Empty);
            var decoded = new WasmWriter();
            StringLiteral.Decode(text.AsSpan(position, end - position), decoded);
            id = decoded.Written;
            position = end;
            if (!Utf8.IsValid(id)) source.Throw(start, "malformed UTF-8 encoding");
        }
        else
        {
            SkipIdentifier();
            id = text.AsSpan(idStart, position - idStart);
        }

        if (id.IsEmpty) source.Throw(start, Empty);
        if (id.SequenceEqual("custom"u8)) return AnnotationKind.Custom;
        if (id.SequenceEqual("name"u8)) return AnnotationKind.Name;
        return id.SequenceEqual("metadata.code.branch_hint"u8) ? AnnotationKind.BranchHint : null;
    }
}
