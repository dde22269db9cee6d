namespace Coffer.Fastly;

/// <summary>A program or a configuration cannot be used; the message says where and why.</summary>
public sealed class FastlyException : Exception
{
    /// <summary>It cannot be used.</summary>
    public FastlyException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
