using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

/// <summary>
/// Pairs of vectors that bring together every pair of edge values of the lane type (for 8-bit lanes, of all values).
/// </summary>
internal static class VectorSamples
{
    private static readonly Dictionary<Type, (V128, V128)[]> Built = [];

    public static IReadOnlyList<(V128 Left, V128 Right)> Pairs<T>() where T : unmanaged
    {
        lock (Built)
        {
            if (!Built.TryGetValue(typeof(T), out var pairs))
                Built[typeof(T)] = pairs = [.. Build<T>()];
            return pairs;
        }
    }

    private static IEnumerable<(V128, V128)> Build<T>() where T : unmanaged
    {
        T[] values = [.. Values<T>()];
        var all = values.SelectMany(_ => values, (a, b) => (a, b)).ToArray();
        // A fixed shuffle, so that neighbouring lanes have nothing in common.
        new Random(42).Shuffle(all);
        var lanes = LaneCheck.Split<T>(V128.Zero).Length;
        foreach (var chunk in all.Chunk(lanes).Where(chunk => chunk.Length == lanes))
        {
            T[] left = [.. chunk.Select(pair => pair.a)];
            T[] right = [.. chunk.Select(pair => pair.b)];
            yield return (LaneCheck.Join<T>(left), LaneCheck.Join<T>(right));
        }

        foreach (var value in values)
            yield return (LaneCheck.Join<T>([.. Enumerable.Repeat(value, lanes)]), V128.Zero);
    }

    private static IEnumerable<T> Values<T>() => default(T) switch
    {
        byte => Enumerable.Range(0, 256).Select(i => (byte)i).Cast<T>(),
        sbyte => Enumerable.Range(0, 256).Select(i => (sbyte)i).Cast<T>(),
        short => Shorts().Cast<T>(),
        ushort => Shorts().Select(value => (ushort)value).Cast<T>(),
        int => Samples.Int32.Take(90).Cast<T>(),
        uint => Samples.Int32.Take(90).Select(value => (uint)value).Cast<T>(),
        long => Samples.Int64.Take(70).Cast<T>(),
        ulong => Samples.Int64.Take(70).Select(value => (ulong)value).Cast<T>(),
        float => Samples.Single.Where((_, i) => i < 60 || i % 8 == 0).Cast<T>(),
        double => Samples.Double.Where((_, i) => i < 60 || i % 8 == 0).Cast<T>(),
        _ => throw new NotSupportedException(typeof(T).Name),
    };

    private static IEnumerable<short> Shorts()
    {
        short[] edges = [0, 1, -1, 2, 127, 128, 129, -127, -128, -129, 255, 256, 257, -255, -256, 0x3fff, 0x4000, 0x4001,
            -0x4000, 32766, 32767, -32768, -32767, 0x5555, 0x1234];
        var random = new Random(3);
        return edges.Concat(Enumerable.Range(0, 60).Select(_ => (short)random.Next(-32768, 32768)));
    }
}
