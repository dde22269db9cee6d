namespace Coffer.ProxyWasm;

/// <summary>A filter cannot be used: its module is none, it does not start, or it refuses its configuration.</summary>
public sealed class FilterException : Exception
{
    /// <summary>A filter cannot be used.</summary>
    public FilterException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
