namespace Coffer.Fastly;

/// <summary>Where a guest's log messages go. Called on the guest's thread; several guests log at a time.</summary>
public abstract class FastlyLog
{
    /// <summary>A log that keeps nothing.</summary>
    public static FastlyLog None { get; } = new NoLog();

    /// <summary>A message for a log endpoint; <c>stdout</c> and <c>stderr</c> are what the guest prints, line by line.</summary>
    /// <param name="endpoint">Its name, as the guest chose it.</param>
    /// <param name="message">The bytes, which are text as a rule.</param>
    public abstract void Write(string endpoint, ReadOnlySpan<byte> message);

    /// <summary>
    /// The host has something to say of the guest: a refusal with its remedy, a limit, a body that could not be sent. Nothing
    /// by default.
    /// </summary>
    public virtual void Report(string message)
    {
    }

    private sealed class NoLog : FastlyLog
    {
        public override void Write(string endpoint, ReadOnlySpan<byte> message)
        {
        }
    }
}
