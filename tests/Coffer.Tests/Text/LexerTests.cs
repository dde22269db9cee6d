using System.Text;
using Coffer.Text;

namespace Coffer.Tests.Text;

public class LexerTests
{
    [Theory]
    [InlineData("module", TokenKind.Keyword)]
    [InlineData("i32.const", TokenKind.Keyword)]
    [InlineData("offset=12", TokenKind.Keyword)]
    [InlineData("$x", TokenKind.Identifier)]
    [InlineData("$\"a b\"", TokenKind.Identifier)]
    [InlineData("\"a\"", TokenKind.String)]
    [InlineData("1_000", TokenKind.Natural)]
    [InlineData("0xAb", TokenKind.Natural)]
    [InlineData("+1", TokenKind.Integer)]
    [InlineData("-0x1", TokenKind.Integer)]
    [InlineData("1.", TokenKind.Float)]
    [InlineData("1e5", TokenKind.Float)]
    [InlineData("-0x1.8p-3", TokenKind.Float)]
    [InlineData("-inf", TokenKind.Float)]
    [InlineData("nan:0x1", TokenKind.Float)]
    [InlineData("1__0", TokenKind.Reserved)]
    [InlineData("1_", TokenKind.Reserved)]
    [InlineData("0x", TokenKind.Reserved)]
    [InlineData("1._0", TokenKind.Reserved)]
    [InlineData("1e", TokenKind.Reserved)]
    [InlineData("0x1e+", TokenKind.Reserved)]
    [InlineData("0drop", TokenKind.Reserved)]
    [InlineData("\"a\"\"b\"", TokenKind.Reserved)]
    [InlineData("$\"a\"b", TokenKind.Reserved)]
    [InlineData("a,b", TokenKind.Reserved)]
    [InlineData("Module", TokenKind.Reserved)]
    public void Tokenize_OneToken_HasKind(string text, object kind)
    {
        var tokens = Tokenize(text);
        Assert.Equal(2, tokens.Count);
        Assert.Equal((TokenKind)kind, tokens[0].Kind);
        Assert.Equal(text, Encoding.UTF8.GetString(tokens.Text(tokens[0])));
        Assert.Equal(TokenKind.End, tokens[1].Kind);
    }

    [Fact]
    public void Tokenize_Parentheses_AreMatched()
    {
        var tokens = Tokenize("(a (b)) (");
        Assert.Equal(5, tokens[0].Extent);
        Assert.Equal(4, tokens[2].Extent);
        Assert.Equal(7, tokens[6].Extent);
    }

    [Fact]
    public void Tokenize_CommentsAndUnknownAnnotations_AreSkipped()
    {
        var tokens = Tokenize("a ;; b (\r c (; (; ;) \" ;) (@d (@e \")\") ; ] 1__) f");
        var words = Enumerable.Range(0, 3).Select(i => Encoding.UTF8.GetString(tokens.Text(tokens[i])));
        Assert.Equal(["a", "c", "f"], words);
        Assert.Equal(4, tokens.Count);
    }

    [Fact]
    public void Tokenize_KnownAnnotation_IsAnchoredAtTheNextToken()
    {
        var tokens = Tokenize("(a (@custom \"x\" (after func)) b)");
        var annotation = Assert.Single(tokens.Annotations);
        Assert.Equal(AnnotationKind.Custom, annotation.Kind);
        Assert.Equal("b", Encoding.UTF8.GetString(tokens.Text(tokens[annotation.Anchor])));
        Assert.Equal(5, annotation.End - annotation.First);
    }

    [Theory]
    [InlineData("(; (; ;)", "unclosed comment")]
    [InlineData("(;", "unclosed comment")]
    [InlineData("\"a", "unclosed string")]
    [InlineData("\"a\nb\"", "unclosed string")]
    [InlineData("\"\\z\"", "illegal escape")]
    [InlineData("\"\\u{d800}\"", "illegal escape")]
    [InlineData("\"\\u{110000}\"", "illegal escape")]
    [InlineData("\"\\u{1__0}\"", "illegal escape")]
    [InlineData("\"\\u{\"", "illegal escape")]
    [InlineData("\"\\0\"", "illegal escape")]
    [InlineData("\"\\", "illegal escape")]
    [InlineData("\"\t\"", "illegal control character")]
    [InlineData("\u0001", "illegal character")]
    [InlineData("é", "illegal character")]
    [InlineData("$", "empty identifier")]
    [InlineData("$\"\"", "empty identifier")]
    [InlineData("$\"\\ff\"", "malformed UTF-8 encoding")]
    [InlineData("(@)", "empty annotation id")]
    [InlineData("(@a (", "unclosed annotation")]
    public void Tokenize_Malformed_Throws(string text, string reason)
    {
        var error = Assert.Throws<MalformedException>(() => Tokenize(text));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenize_InvalidUtf8_SaysWhere()
    {
        var error = Assert.Throws<MalformedException>(
            () => Lexer.Tokenize(new SourceText([.. "a\n é"u8, 0xC3])));
        Assert.Equal("malformed UTF-8 encoding", error.Reason);
        Assert.Equal((2, 3), (error.Line, error.Column));
    }

    [Fact]
    public void Tokenize_DeepNesting_DoesNotRecurse()
    {
        const int Depth = 1_000_000;
        var comment = string.Concat(Enumerable.Repeat("(;", Depth)) + string.Concat(Enumerable.Repeat(";)", Depth));
        Assert.Equal(1, Tokenize(comment).Count);
        var annotation = "(@a " + new string('(', Depth) + new string(')', Depth) + ")";
        Assert.Equal(1, Tokenize(annotation).Count);
    }

    [Theory]
    [InlineData("\\t\\n\\r\\\"\\'\\\\", "\t\n\r\"'\\")]
    [InlineData("\\41\\u{1F6_00}é", "A\U0001F600é")]
    [InlineData("", "")]
    public void Decode_Escapes_GiveBytes(string content, string expected)
    {
        var output = new Coffer.Binary.WasmWriter();
        StringLiteral.Decode(Encoding.UTF8.GetBytes($"\"{content}\""), output);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.Written));
    }

    [Fact]
    public void LineOf_AllLineEnds_Count()
    {
        var source = new SourceText([.. "a\nb\r\nc\rd"u8]);
        Assert.Equal([1, 2, 3, 4], new[] { 0, 2, 5, 7 }.Select(source.LineOf));
        Assert.Equal(1, source.LineOf(0));
        Assert.Equal(1, source.ColumnOf(7));
    }

    private static TokenList Tokenize(string text) => Lexer.Tokenize(new SourceText(Encoding.UTF8.GetBytes(text)));
}
