using Coffer.Fastly.Rates;

namespace Coffer.Fastly.Abi;

/// <summary>Edge rate limiting: counters and penalty boxes.</summary>
internal static class RateFunctions
{
    private const int MaximumName = 1024;
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromHours(1);

    public static void Define(HostFunctions host)
    {
        host.Add("check_rate", 11, () => CheckRate);
        host.Is("ratecounter_increment", (call, counter, counterLength, entry, entryLength, delta) =>
        {
            call.Session.Application.Rates.Increment(Name(call, counter, counterLength), Name(call, entry, entryLength), (uint)delta);
            return FastlyStatus.Ok;
        });
        host.Is("ratecounter_lookup_rate", (call, counter, counterLength, entry, entryLength, window, result) =>
        {
            if (!IsWindow(window)) return FastlyStatus.InvalidArgument;
            var count = call.Session.Application.Rates.Count(Name(call, counter, counterLength), Name(call, entry, entryLength), window);
            call.Write(result, count / (uint)window);
            return FastlyStatus.Ok;
        });
        host.Is("ratecounter_lookup_count", (call, counter, counterLength, entry, entryLength, seconds, result) =>
        {
            if (!IsDuration(seconds)) return FastlyStatus.InvalidArgument;
            call.Write(result, call.Session.Application.Rates.Count(Name(call, counter, counterLength), Name(call, entry, entryLength), seconds));
            return FastlyStatus.Ok;
        });
        host.Is("penaltybox_add", (call, box, boxLength, entry, entryLength, seconds) =>
        {
            call.Session.Application.Rates.Penalize(Name(call, box, boxLength), Name(call, entry, entryLength), Penalty(seconds));
            return FastlyStatus.Ok;
        });
        host.Is("penaltybox_has", (call, box, boxLength, entry, entryLength, result) =>
        {
            call.Write(result, call.Session.Application.Rates.IsPenalized(Name(call, box, boxLength), Name(call, entry, entryLength)));
            return FastlyStatus.Ok;
        });
    }

    private static int CheckRate(
        Caller caller, int counter, int counterLength, int entry, int entryLength, int delta, int window, int limit, int box, int boxLength, int seconds, int result)
    {
        try
        {
            var call = new HostCall(caller);
            if (!IsWindow(window)) return (int)FastlyStatus.InvalidArgument;
            var isBlocked = call.Session.Application.Rates.Check(
                Name(call, counter, counterLength), Name(call, entry, entryLength), (uint)delta, window, (uint)limit, Name(call, box, boxLength), Penalty(seconds));
            call.Write(result, isBlocked);
            return (int)FastlyStatus.Ok;
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    }

    private static string Name(HostCall call, int name, int length) => call.Text(name, length, MaximumName);

    private static bool IsWindow(int seconds) => seconds is 1 or 10 or 60;

    private static bool IsDuration(int seconds) => seconds is > 0 and <= RateLimits.Seconds && seconds % 10 == 0;

    private static TimeSpan Penalty(int seconds)
    {
        var time = TimeSpan.FromSeconds((uint)seconds);
        return time < LongestPenalty ? time : LongestPenalty;
    }
}
