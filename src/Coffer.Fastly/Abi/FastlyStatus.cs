namespace Coffer.Fastly.Abi;

/// <summary>What the functions of the host return; the numbers are the ABI's.</summary>
internal enum FastlyStatus
{
    Ok = 0,

    /// <summary>Something failed, and no other status says what.</summary>
    Error = 1,

    /// <summary>An argument that cannot be: a pointer, a text, an enumeration, a name that is not known.</summary>
    InvalidArgument = 2,

    /// <summary>A handle of nothing, or of something else.</summary>
    BadHandle = 3,

    /// <summary>The guest's buffer is too short; where there is a place for the size, it says how much is needed.</summary>
    BufferLength = 4,

    Unsupported = 5,
    BadAlignment = 6,
    HttpInvalid = 7,
    HttpUser = 8,

    /// <summary>A message ended before it was whole.</summary>
    HttpIncomplete = 9,

    /// <summary>There is no such value, which is no failure.</summary>
    None = 10,

    HttpHeadTooLarge = 11,
    HttpInvalidStatus = 12,
    LimitExceeded = 13,

    /// <summary>Not yet.</summary>
    Again = 14,
}

/// <summary>
/// Ends a function of the host with a status. For what programs do not do when they are right, such as pointers out of range:
/// what they ask every day is answered without an exception.
/// </summary>
internal sealed class StatusException(FastlyStatus status) : Exception($"status {(int)status}")
{
    public FastlyStatus Status => status;
}
