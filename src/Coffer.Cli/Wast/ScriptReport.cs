using System.Globalization;

namespace Coffer.Cli.Wast;

/// <summary>Writes what scripts did, and counts.</summary>
internal sealed class ScriptReport(Terminal terminal, ExpectedFailures expected)
{
    private readonly SortedDictionary<string, int> skippedScripts = new(StringComparer.Ordinal);
    private int passed, failed, skipped, done, total;
    private string mode = "";

    /// <summary>Begins a run over all scripts.</summary>
    public void Begin(MemoryMode memory, int scripts)
    {
        mode = memory == MemoryMode.Checked ? " (checked memory)" : "";
        skippedScripts.Clear();
        done = 0;
        total = scripts;
    }

    /// <summary>Counts the result of a script and writes its failures.</summary>
    public void Add(ScriptResult result)
    {
        passed += result.Passed;
        if (result.SkipReason is { } reason)
        {
            skipped++;
            skippedScripts[reason] = skippedScripts.GetValueOrDefault(reason) + 1;
        }

        ClearProgress();
        foreach (var failure in result.Failures)
        {
            if (expected.Covers(failure))
            {
                skipped++;
                continue;
            }

            failed++;
            terminal.Output.WriteLine(failure + mode);
        }

        done++;
        ShowProgress();
    }

    /// <summary>Writes the totals.</summary>
    /// <returns>Whether all is well.</returns>
    public bool End(IReadOnlyList<string> scripts)
    {
        ClearProgress();
        foreach (var place in expected.Needless(scripts))
        {
            failed++;
            terminal.Output.WriteLine($"{place}: is listed as a failure, but passes");
        }

        foreach (var (reason, count) in skippedScripts)
        {
            terminal.Output.WriteLine($"skipped {count} scripts about {reason}");
        }

        terminal.Output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed, {skipped} skipped"));
        return failed == 0;
    }

    private void ShowProgress()
    {
        if (terminal.ShowsProgress) terminal.Error.Write($"\r{done}/{total} scripts, {failed} failures");
    }

    private void ClearProgress()
    {
        if (terminal.ShowsProgress) terminal.Error.Write("\r\u001b[K");
    }
}
