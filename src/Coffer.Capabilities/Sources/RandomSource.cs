namespace Coffer.Capabilities.Sources;

/// <summary>Fills a span with random bytes.</summary>
public delegate void RandomSource(Span<byte> destination);
