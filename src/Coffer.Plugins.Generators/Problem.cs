using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Coffer.Plugins.Generators;

/// <summary>What is wrong with an interface, and where: what the generator keeps of it between two runs of the compiler.</summary>
internal readonly record struct Problem(string Message, string Path, TextSpan Span, LinePositionSpan Lines)
{
    private static readonly DiagnosticDescriptor Unsupported = new(
        "COFFER1001", "This cannot be part of a plugin's interface", "{0}", "Coffer.Plugins", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static Problem At(ISymbol symbol, string message)
    {
        var location = symbol.Locations[0];
        return new Problem(message, location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(Unsupported, Location.Create(Path, Span, Lines), Message);
}
