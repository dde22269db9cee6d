using Coffer.ProxyWasm.Calls;

namespace Coffer.ProxyWasm.Tests.Hostile;

/// <summary>An upstream that never answers, and counts who waits.</summary>
internal sealed class StuckCaller : UpstreamCaller
{
    private int waiting, highest;

    public int Highest => highest;

    public override bool Knows(string upstream) => upstream == "up";

    public override async Task<CallResponse> SendAsync(CallRequest request, CancellationToken cancellation)
    {
        var now = Interlocked.Increment(ref waiting);
        if (now > highest) highest = now;
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new HttpRequestException();
    }
}
