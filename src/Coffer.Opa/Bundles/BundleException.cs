namespace Coffer.Opa.Bundles;

/// <summary>A bundle cannot be used: it is damaged, too large, not signed as it must be, or contradicts itself.</summary>
public sealed class BundleException : Exception
{
    /// <summary>An error of a bundle.</summary>
    public BundleException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
