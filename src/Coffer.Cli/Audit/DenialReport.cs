using Coffer.Capabilities.Audit;

namespace Coffer.Cli.Audit;

/// <summary>
/// Tells the person what the guest was denied, and what would allow it: each refusal once, and no more than some.
/// </summary>
internal sealed class DenialReport(Terminal terminal, SharedScreen screen) : AuditSink
{
    private const int MaximumShown = 20;
    private const int MaximumCounted = 100_000;

    // Made at the first denial: most runs have none.
    private HashSet<(string Kind, string Resource, string Access)>? shown;

    // Of those that are not shown, only what tells them apart is kept: guests make up as many names as they like.
    private HashSet<int>? more;

    /// <inheritdoc/>
    public override bool WantsAllowed => false;

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        if (audited.Dropped > 0) return;
        var key = (audited.Kind, audited.Resource, audited.Access);
        shown ??= [];
        if (shown.Contains(key)) return;
        if (shown.Count < MaximumShown)
        {
            shown.Add(key);
            screen.Write(isWithinLine => Write(audited, isWithinLine));
        }
        else if ((more ??= []).Count < MaximumCounted)
        {
            more.Add(key.GetHashCode());
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (more is not null)
        {
            var count = more.Count < MaximumCounted ? $"{more.Count}" : $"at least {MaximumCounted}";
            screen.Write(isWithinLine =>
            {
                StartLine(isWithinLine);
                terminal.Error.WriteLine($"{count} other refusals; see all: --audit FILE, then coffer audit FILE");
            });
        }

        base.Dispose(disposing);
    }

    private void Write(AuditEvent audited, bool isWithinLine)
    {
        StartLine(isWithinLine);
        terminal.WriteErrorWord("denied", WordColour.Yellow);
        var access = audited.Access.Length == 0 ? "" : $"  ({audited.Access})";
        terminal.Error.WriteLine($"  {audited.Operation}  {GuestText.Escape(audited.Resource)}{access}");
        foreach (var line in DenialText.Explain(audited)) terminal.Error.WriteLine($"  {line}");
    }

    private void StartLine(bool isWithinLine)
    {
        if (isWithinLine) terminal.Error.WriteLine();
        terminal.Error.Write("coffer: ");
    }
}
