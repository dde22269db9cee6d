using Coffer.Capabilities;

namespace Coffer.Cli.Learning;

/// <summary>Says on standard error what was learned, and what could not be because the bound was too narrow.</summary>
internal static class LearningReport
{
    private const int MaximumRefusals = 20;

    public static void Write(TextWriter output, string file, CapabilitySet learned, UsageSink usage)
    {
        output.WriteLine($"coffer: {learned.Grants.Length} grants written to {PlainText.OneLine(file)}");
        if (usage.Refusals.Count == 0) return;
        output.WriteLine("coffer: this was denied, and is not in the manifest; learn again with what the guest needs:");
        foreach (var refusal in usage.Refusals.Take(MaximumRefusals))
        {
            var access = refusal.Access.Length == 0 ? "" : $" ({refusal.Access})";
            var remedy = refusal.Remedy ?? refusal.Reason;
            output.WriteLine(PlainText.OneLine($"  {refusal.Operation} {refusal.Resource}{access}: {remedy}"));
        }

        var further = usage.Refusals.Count + usage.FurtherRefusals - MaximumRefusals;
        if (further > 0) output.WriteLine($"  … and {further} more");
    }
}
