using System.Text;
using Coffer.Capabilities.Audit;

namespace Coffer.Fuzz.Wasi;

/// <summary>
/// The record of what was decided, of which every line must be an event: what a guest names must neither end a line nor
/// control a terminal.
/// </summary>
internal sealed class CheckedRecord : IDisposable
{
    private readonly MemoryStream record = new();

    public CheckedRecord() => Trail = new AuditTrail([new JsonLinesSink(record, leaveOpen: true)]);

    public AuditTrail Trail { get; }

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? Damage()
    {
        Trail.Flush();
        if (Trail.Dropped > 0) return $"{Trail.Dropped} decisions were not recorded: {Trail.Failure}";
        var bytes = record.ToArray();
        if (bytes.Any(value => value is not ((byte)'\n' or (>= (byte)' ' and <= (byte)'~'))))
        {
            return "the record has control characters";
        }

        foreach (var line in Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                AuditJson.Read(Encoding.ASCII.GetBytes(line));
            }
            catch (FormatException)
            {
                return $"a line of the record is none: {line}";
            }
        }

        return null;
    }

    public void Dispose()
    {
        Trail.Dispose();
        record.Dispose();
    }
}
