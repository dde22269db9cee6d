namespace Coffer.Capabilities.Grants;

/// <summary>An argument of the program, after its name. Its text is the argument; their order counts.</summary>
/// <param name="Value">The argument.</param>
public sealed record ArgumentGrant(string Value) : Grant
{
    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.Argument;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => Value;

    internal static ArgumentGrant Parse(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new FormatException("an argument contains a NUL character, which no guest can receive")
        : new ArgumentGrant(text);

    internal override Grant? Intersect(Grant other) => Equals(other) ? this : null;
}
