using System.Diagnostics.Tracing;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Coffer.Cli.Disassembly;

/// <summary>Where in the machine code of a method the code of a place in its CIL begins.</summary>
/// <param name="Native">The offset in the machine code.</param>
/// <param name="Il">The offset in the CIL, or below zero for what comes from none.</param>
internal readonly record struct NativeOffset(int Native, int Il);

/// <summary>Which CIL the machine code of a method came from, as the JIT compiler records it for debuggers.</summary>
internal static class NativeOffsetMap
{
    /// <summary>What the compiler added, for no place in the CIL.</summary>
    public const int Unmapped = -1;

    /// <summary>What takes the frame away and returns.</summary>
    public const int Epilogue = -3;

    /// <summary>The runtime tells of no more places of a method, so that its event is not too long.</summary>
    public const int MostPlaces = 7000;

    /// <summary>Maps, and what is compiled: without the latter the runtime leaves out maps as well. See ClrEtwAll.man there.</summary>
    public const EventKeywords Keywords = (EventKeywords)0x20010;

    /// <summary>The event that has the map of a method.</summary>
    public const int MethodMap = 190;

    /// <summary>Compiles a method that was not compiled yet, and gives its map in the order of the machine code.</summary>
    /// <exception cref="TraceException">The runtime does not tell.</exception>
    public static IReadOnlyList<NativeOffset> Compile(MethodBase method, CancellationToken cancellation)
    {
        var trace = RuntimeTrace.Record(Keywords, () => RuntimeHelpers.PrepareMethod(method.MethodHandle), cancellation);
        foreach (var payload in TraceEvents.Find(trace, RuntimeTrace.Runtime, MethodMap))
        {
            var cursor = new TraceCursor(payload);
            if (cursor.ReadInt64() == method.MethodHandle.Value) return Read(ref cursor);
        }

        throw new TraceException("the runtime said nothing of this function");
    }

    private static List<NativeOffset> Read(ref TraceCursor cursor)
    {
        // The version of the method, and which part of its code it is.
        cursor.Take(8 + 1);
        var count = cursor.ReadUInt16();
        var il = new int[count];
        for (var i = 0; i < count; i++) il[i] = cursor.ReadInt32();
        var map = new List<NativeOffset>(count);
        foreach (var place in il) map.Add(new NativeOffset(cursor.ReadInt32(), place));
        return [.. map.OrderBy(place => place.Native)];
    }
}
