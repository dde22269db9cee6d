namespace Coffer.Capabilities.Grants;

/// <summary>The standard streams.</summary>
public enum StandardStream
{
    /// <summary>Descriptor 0, which is read.</summary>
    Input,
    /// <summary>Descriptor 1, which is written.</summary>
    Output,
    /// <summary>Descriptor 2, which is written.</summary>
    Error,
}

/// <summary>The use of a standard stream. Its text is <c>stdin</c>, <c>stdout</c> or <c>stderr</c>.</summary>
/// <param name="Stream">Which.</param>
public sealed record StreamGrant(StandardStream Stream) : Grant
{
    private static readonly string[] Names = ["stdin", "stdout", "stderr"];

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.StandardStream;

    /// <summary>Whether both are for the same stream. Without the platform's comparer of enumerations, whose code is made at run time.</summary>
    public bool Equals(StreamGrant? other) => other is not null && Stream == other.Stream;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Stream;

    /// <summary>The name of a stream.</summary>
    public static string NameOf(StandardStream stream) => Names[(int)stream];

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString() => NameOf(Stream);

    internal static StreamGrant Parse(string text) => Array.IndexOf(Names, text) is var index and >= 0
        ? new StreamGrant((StandardStream)index)
        : throw new FormatException($"\"{text}\" is no standard stream; write stdin, stdout or stderr");

    internal override Grant? Intersect(Grant other) => Equals(other) ? this : null;
}
