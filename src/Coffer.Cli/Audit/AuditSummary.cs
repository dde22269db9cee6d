using Coffer.Capabilities.Audit;

namespace Coffer.Cli.Audit;

/// <summary>
/// The events of an audit trail, counted by what they have in common. Takes bounded memory, whatever a file holds: when
/// there are too many groups, further resources, and then all further events, become one.
/// </summary>
internal sealed class AuditSummary(AuditFilter filter)
{
    /// <summary>The groups that have a resource of their own.</summary>
    public const int MaximumGroups = 10_000;

    /// <summary>The longest line that is read.</summary>
    public const int MaximumLine = 1 << 20;

    private const int MaximumText = 512;
    private const int MaximumNamed = 10;
    private const string Others = "…";
    private readonly Dictionary<AuditGroupKey, AuditGroup> groups = [];
    private readonly List<(long Line, string Reason)> malformed = [];

    /// <summary>The events that the filter wants.</summary>
    public long Allowed { get; private set; }

    /// <inheritdoc cref="Allowed"/>
    public long Denied { get; private set; }

    /// <summary>The events that the trail itself says it dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>The lines that hold no event.</summary>
    public long Malformed { get; private set; }

    /// <summary>The first of the lines that hold no event.</summary>
    public IReadOnlyList<(long Line, string Reason)> FirstMalformed => malformed;

    /// <summary>The groups, those with denials first, then by how many events they have.</summary>
    public IEnumerable<AuditGroup> Groups => groups.Values
        .OrderByDescending(group => group.Denied)
        .ThenByDescending(group => group.Allowed)
        .ThenBy(group => group.Key.Resource, StringComparer.Ordinal);

    /// <summary>Reads a trail to its end.</summary>
    public void Read(Stream stream, CancellationToken cancellation)
    {
        var reader = new LineReader(stream, MaximumLine);
        while (reader.TryRead(out var line, out var isTooLong))
        {
            cancellation.ThrowIfCancellationRequested();
            if (isTooLong) AddMalformed(reader.Number, $"it is longer than {MaximumLine} bytes");
            else if (!line.Trim(" \r"u8).IsEmpty) Read(line, reader.Number);
        }
    }

    private void Read(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            Add(AuditJson.Read(line));
        }
        catch (FormatException exception)
        {
            AddMalformed(number, exception.Message);
        }
    }

    private void AddMalformed(long number, string reason)
    {
        Malformed++;
        if (malformed.Count < MaximumNamed) malformed.Add((number, reason));
    }

    private void Add(AuditEvent audited)
    {
        if (audited.Dropped > 0)
        {
            Dropped += audited.Dropped;
            return;
        }

        if (!filter.Matches(audited)) return;
        var group = GroupOf(audited);
        group.Rule = Shorten(audited.Rule);
        if (audited.Allowed)
        {
            Allowed++;
            group.Allowed++;
            if (audited.Outcome.Length > 0) group.Failed++;
            return;
        }

        Denied++;
        group.Denied++;
        group.Reason = Shorten(audited.Reason);
        group.Remedy = Shorten(audited.Remedy);
    }

    private AuditGroup GroupOf(AuditEvent audited)
    {
        var key = new AuditGroupKey(
            Shorten(audited.Operation)!, Shorten(audited.Kind)!, Shorten(audited.Resource)!, Shorten(audited.Access)!);
        if (!groups.ContainsKey(key))
        {
            if (groups.Count >= MaximumGroups) key = key with { Resource = Others };
            if (groups.Count >= 2 * MaximumGroups && !groups.ContainsKey(key)) key = new(Others, Others, Others, Others);
        }

        if (groups.TryGetValue(key, out var group)) return group;
        return groups[key] = new AuditGroup(key);
    }

    private static string? Shorten(string? text) =>
        text is { Length: > MaximumText } ? string.Concat(text.AsSpan(0, MaximumText), Others) : text;
}
