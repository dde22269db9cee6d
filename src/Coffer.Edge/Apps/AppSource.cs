namespace Coffer.Edge.Apps;

/// <summary>Where the module of a version comes from. Immutable.</summary>
/// <param name="Name">A name for messages, such as the file's.</param>
/// <param name="Digest">What differs when the content does.</param>
/// <param name="ReadAsync">
/// Reads the module or the artefact: again each time that it is loaded, so that idle apps keep no bytes. Throws
/// <see cref="IOException"/>, or <see cref="InvalidDataException"/> when it is not what it was.
/// </param>
public sealed record AppSource(string Name, string Digest, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ReadAsync);
