using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Coffer.Cli.Disassembly;

/// <summary>
/// Listens to the runtime for where it put the machine code of methods. The runtime tells nowhere else how long the
/// code of a method is.
/// </summary>
internal sealed class MethodPlaces : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Jit = (EventKeywords)0x10;
    private readonly ConcurrentDictionary<nint, int> sizes = new();

    /// <summary>The bytes of code that begin at an address; 0 when the runtime says nothing of it in time.</summary>
    public int SizeAt(nint address, TimeSpan patience)
    {
        // Events come on a thread of the runtime's own, some time after what they tell of.
        SpinWait.SpinUntil(() => sizes.ContainsKey(address), patience);
        return sizes.GetValueOrDefault(address);
    }

    /// <summary>The beginning of the code that contains an address, or 0.</summary>
    public nint StartOf(nint address) =>
        sizes.FirstOrDefault(place => place.Key <= address && address < place.Key + place.Value).Key;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime) EnableEvents(eventSource, EventLevel.Verbose, Jit);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true) return;
        if (eventData.PayloadNames is not { } names || eventData.Payload is not { } payload) return;
        var address = Convert.ToUInt64(payload[names.IndexOf("MethodStartAddress")]);
        sizes[(nint)address] = Convert.ToInt32(payload[names.IndexOf("MethodSize")]);
    }
}
