using System.Collections.Immutable;

namespace Coffer.Text;

/// <summary>A script of the specification's test suite: modules, actions and assertions in order.</summary>
internal sealed record WastScript(ImmutableArray<WastDirective> Directives)
{
    /// <summary>Parses a script. Modules in it are parsed later, by <see cref="WastModule.Encode"/>.</summary>
    /// <exception cref="MalformedException">The script itself is malformed.</exception>
    public static WastScript Parse(ReadOnlySpan<byte> source) =>
        new(new WastParser(Lexer.Tokenize(new SourceText(source.ToArray()))).ParseScript());
}
