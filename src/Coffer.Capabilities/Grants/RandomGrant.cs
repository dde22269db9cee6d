using System.Globalization;

namespace Coffer.Capabilities.Grants;

/// <summary>
/// Random numbers: unpredictable ones (<c>real</c>), or the same in every run (<c>seed=NUMBER</c>), which no guest must
/// use for secrets.
/// </summary>
public sealed record RandomGrant : Grant
{
    /// <summary>From what the numbers are derived; null for unpredictable ones.</summary>
    public ulong? Seed { get; init; }

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.Random;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => Seed is { } seed ? string.Create(CultureInfo.InvariantCulture, $"seed={seed}") : "real";

    internal static RandomGrant Parse(string text)
    {
        if (text == "real") return new RandomGrant();
        return text.StartsWith("seed=", StringComparison.Ordinal)
            && ulong.TryParse(text[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
                ? new RandomGrant { Seed = seed }
                : throw new FormatException($"\"{text}\" is no source of random numbers; write real or seed=42");
    }

    internal override Grant? Intersect(Grant other) => Equals(other) ? this : null;
}
