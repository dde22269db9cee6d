namespace Coffer.Fastly;

/// <summary>
/// What one run of a guest may use of the host, beside the limits of its <see cref="Store"/>. What goes beyond gets the
/// status <c>limitexceeded</c>, or an error where the ABI has another one. Immutable.
/// </summary>
public sealed record FastlyLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static FastlyLimits Default { get; } = new();

    /// <summary>Requests to backends in all.</summary>
    public int Subrequests { get; init; } = 32;

    /// <summary>Bytes of bodies that the guest has made and the host holds, at a time.</summary>
    public long BufferedBodyBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of the body of the request.</summary>
    public long RequestBodyBytes { get; init; } = long.MaxValue;

    /// <summary>Bytes of the body of the response.</summary>
    public long ResponseBodyBytes { get; init; } = long.MaxValue;

    /// <summary>Bytes of the body of each response of a backend.</summary>
    public long BackendBodyBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of the headers of one message, names and values.</summary>
    public int HeaderBytes { get; init; } = 128 << 10;

    /// <summary>Handles that are open at a time.</summary>
    public int Handles { get; init; } = 10_000;

    /// <summary>Backends that the guest registers itself.</summary>
    public int DynamicBackends { get; init; } = 200;

    /// <summary>Bytes of log messages, and of what is printed, in all; what is more is dropped, and the log says so.</summary>
    public long LogBytes { get; init; } = 1 << 20;

    /// <summary>How long connecting to a backend may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a backend may take to begin its answer, unless its configuration says otherwise.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
