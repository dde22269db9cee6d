using Microsoft.Extensions.Time.Testing;

namespace Coffer.Stores.Tests;

/// <summary>A clock whose wall time can be set, which its monotonic time does not notice.</summary>
public sealed class SettableClock : FakeTimeProvider
{
    private TimeSpan offset;

    public void SetBy(TimeSpan jump) => offset += jump;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
