namespace Coffer.Capabilities.Grants;

/// <summary>An environment variable. Its text is <c>NAME=VALUE</c>.</summary>
/// <param name="Name">The name; not empty, without <c>=</c>.</param>
/// <param name="Value">The value that the guest sees.</param>
public sealed record EnvironmentGrant(string Name, string Value) : Grant
{
    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.EnvironmentVariable;

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => $"{Name}={Value}";

    internal static EnvironmentGrant Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && !text.Contains('\0', StringComparison.Ordinal)
            ? new EnvironmentGrant(text[..equals], text[(equals + 1)..])
            : throw new FormatException($"\"{text}\" is no variable; write NAME=VALUE");
    }

    internal override Grant? Intersect(Grant other) => Equals(other) ? this : null;
}
