using System.Text.RegularExpressions;

namespace Coffer.Benchmarks.Measuring;

/// <summary>A program and its arguments.</summary>
internal sealed partial record Command(string Program, params string[] Arguments)
{
    public Command With(params string[] more) => new(Program, [.. Arguments, .. more]);

    /// <summary>As a person would type it, with long paths cut to their last part.</summary>
    public override string ToString() => Folders().Replace(string.Join(' ', [Program, .. Arguments]), "");

    [GeneratedRegex(@"(?<=^|[ =])/[^ ]*/(?=[^ /])(?<!^/dev/|[ =]/dev/)")]
    private static partial Regex Folders();
}
