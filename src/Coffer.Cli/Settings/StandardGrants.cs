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

    /// <summary>What was granted, and the standard of each kind of which nothing was said.</summary>
    /// <exception cref="CommandFailure">Two grants contradict each other.</exception>
    public static CapabilitySet With(IReadOnlyList<Grant> granted)
    {
        var all = new List<Grant>();
        foreach (var standard in Set.Grants)
        {
            var isReplaced = false;
            for (var i = 0; i < granted.Count; i++) isReplaced |= granted[i].Kind == standard.Kind;
            if (!isReplaced) all.Add(standard);
        }

        for (var i = 0; i < granted.Count; i++) all.Add(granted[i]);
        return ToSet(all);
    }

    /// <summary>Grants as a set.</summary>
    /// <exception cref="CommandFailure">Two contradict each other.</exception>
    public static CapabilitySet ToSet(IReadOnlyList<Grant> grants)
    {
        try
        {
            return new CapabilitySet(grants);
        }
        catch (ArgumentException exception)
        {
            throw CommandFailure.Usage(exception.Message);
        }
    }
}
