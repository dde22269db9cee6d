namespace Coffer.Benchmarks.Reporting;

/// <summary>One bar of a chart.</summary>
/// <param name="Label">What it is of.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Text">The value for people.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="IsOwn">Whether it stands out.</param>
internal sealed record Bar(string Label, double Value, string Text, string Colour, bool IsOwn = false)
{
    /// <summary>The bar of an engine.</summary>
    public static Bar Of(string engine, string label, double value, string text) =>
        new(label, value, text, Palette.Of(engine), Palette.IsOwn(engine));
}
