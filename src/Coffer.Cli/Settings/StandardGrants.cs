using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Settings;

/// <summary>
/// What a program that is run by hand has when nothing is said: the streams of the command, the real clocks and
/// unpredictable random numbers. A kind of which something is said is replaced.
/// </summary>
internal static class StandardGrants
{
    /// <summary>The grants.</summary>
    public static CapabilitySet Set { get; } = CapabilitySet.OfArranged(
        new StreamGrant(StandardStream.Input),
        new StreamGrant(StandardStream.Output),
        new StreamGrant(StandardStream.Error),
        new ClockGrant(GuestClock.Wall),
        new ClockGrant(GuestClock.Monotonic),
        new RandomGrant());
}
