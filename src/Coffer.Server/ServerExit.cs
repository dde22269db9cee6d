namespace Coffer.Server;

/// <summary>What the process returns: the same numbers as <c>coffer</c>.</summary>
internal static class ServerExit
{
    /// <summary>It served until it was told to stop.</summary>
    public const int Success = 0;

    /// <summary>The answer is no.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A file, an address or a stream of the host failed.</summary>
    public const int InputOutput = 74;
}
