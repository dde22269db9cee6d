namespace Coffer.Edge.Configuration;

/// <summary>A configuration cannot be used. The message says where, what is wrong and what would be right.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>A message for people, such as <c>coffer.json:3:5: …</c>.</summary>
    public ConfigurationException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
