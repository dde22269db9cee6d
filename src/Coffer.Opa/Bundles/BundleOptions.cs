namespace Coffer.Opa.Bundles;

/// <summary>How large a bundle may be, and who must have signed it. Immutable.</summary>
public sealed record BundleOptions
{
    /// <summary>The options used when none are given.</summary>
    public static BundleOptions Default { get; } = new();

    /// <summary>Bytes of the unpacked bundle, what is between its files included.</summary>
    public long UnpackedBytes { get; init; } = 256 << 20;

    /// <summary>The most files.</summary>
    public int Files { get; init; } = 10_000;

    /// <summary>
    /// Who must have signed the bundle. Without it, bundles that are not signed are accepted, and signed ones are refused
    /// since nobody can tell whether the signature is right.
    /// </summary>
    public BundleVerification? Verification { get; init; }

    /// <summary>Whether signatures are not looked at.</summary>
    public bool SkipVerification { get; init; }
}
