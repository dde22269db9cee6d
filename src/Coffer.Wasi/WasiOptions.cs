namespace Coffer.Wasi;

/// <summary>Fills a span with random bytes.</summary>
public delegate void RandomSource(Span<byte> destination);

/// <summary>
/// Everything a guest gets. What is not set here it does not have: no arguments, no environment, no directories, empty
/// input, output that goes nowhere, no clock, no randomness. Immutable.
/// </summary>
/// <example>
/// <code>
/// var options = new WasiOptions
/// {
///     Arguments = ["program", "--verbose"],
///     Directories = [new PreopenedDirectory("./data", "/data", ReadOnly: true)],
///     Clock = TimeProvider.System,
///     Random = RandomNumberGenerator.Fill,
///     StandardOutput = output,
/// };
/// </code>
/// </example>
public sealed record WasiOptions
{
    /// <summary>The arguments; by convention the first is the program's name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where descriptor 0 reads from. Not disposed.</summary>
    public Stream StandardInput { get; init; } = Stream.Null;

    /// <summary>Where descriptor 1 writes to. Flushed when the guest ends; not disposed.</summary>
    public Stream StandardOutput { get; init; } = Stream.Null;

    /// <summary>Where descriptor 2 writes to. Flushed after every write; not disposed.</summary>
    public Stream StandardError { get; init; } = Stream.Null;

    /// <summary>Which of the standard streams the guest sees as terminals.</summary>
    public TerminalStreams Terminals { get; init; }

    /// <summary>The directories, in the order of their descriptors, which start at 3.</summary>
    public IReadOnlyList<PreopenedDirectory> Directories { get; init; } = [];

    /// <summary>
    /// The time of day and the monotonic clock, such as <see cref="TimeProvider.System"/>; null for none.
    /// </summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>The source of random bytes; null for none.</summary>
    public RandomSource? Random { get; init; }

    /// <summary>How many descriptors the guest may have at a time.</summary>
    public int MaxDescriptors { get; init; } = 1024;
}

/// <summary>Standard streams.</summary>
[Flags]
public enum TerminalStreams
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Descriptor 0.</summary>
    Input = 1,
    /// <summary>Descriptor 1.</summary>
    Output = 2,
    /// <summary>Descriptor 2.</summary>
    Error = 4,
}
