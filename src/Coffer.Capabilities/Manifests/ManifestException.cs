namespace Coffer.Capabilities.Manifests;

/// <summary>A manifest cannot be used. The message says where, what is wrong and what would be right.</summary>
public sealed class ManifestException : Exception
{
    /// <summary>A message for people, such as <c>coffer.json:3:5: …</c>.</summary>
    public ManifestException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
