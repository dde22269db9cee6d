namespace Coffer.Cli.Disassembly;

/// <summary>The runtime did not tell what it was asked for.</summary>
/// <param name="reason">Why.</param>
/// <param name="inner">What was behind it.</param>
internal sealed class TraceException(string reason, Exception? inner = null) : Exception(reason, inner);
