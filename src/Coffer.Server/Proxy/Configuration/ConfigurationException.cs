namespace Coffer.Server.Proxy.Configuration;

/// <summary>A configuration cannot be used. The message says where, what is wrong and what would be right.</summary>
internal sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
