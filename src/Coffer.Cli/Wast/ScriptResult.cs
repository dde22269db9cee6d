namespace Coffer.Cli.Wast;

/// <summary>A directive that did not do what the script says.</summary>
/// <param name="File">The script.</param>
/// <param name="Line">The line the directive begins on; 0 when the script as a whole failed.</param>
/// <param name="Message">What it did instead.</param>
internal sealed record ScriptFailure(string File, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Message}" : $"{File}: {Message}";
}

/// <summary>How a script ended.</summary>
/// <param name="Passed">Directives that did what they say.</param>
/// <param name="Failures">Those that did not.</param>
/// <param name="SkipReason">Why the script was not run at all, or null.</param>
internal sealed record ScriptResult(int Passed, IReadOnlyList<ScriptFailure> Failures, string? SkipReason = null);
