namespace Coffer.Tests.Runtime.Semantics;

/// <summary>Inputs that find mistakes: the edges of every type, then random bits from a fixed seed.</summary>
internal static class Samples
{
    private const int RandomCount = 200;

    public static readonly int[] Int32 = Build(
        [0, 1, -1, 2, -2, 31, 32, 33, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, 65535, 65536, int.MaxValue,
            int.MaxValue - 1, int.MinValue, int.MinValue + 1, 0x5555_5555, 16777216, 16777217, 16777219, -16777217],
        random => random.Next(int.MinValue, int.MaxValue) >> random.Next(32));

    public static readonly long[] Int64 = Build(
        [0, 1, -1, 2, 63, 64, 65, -128, 128, 32768, -32769, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32,
            long.MaxValue, long.MaxValue - 1, long.MinValue, long.MinValue + 1, 9007199254740993, -9007199254740993,
            0x7fffff4000000001, unchecked((long)0x8000004000000001), 0x8000_0040_0000_01, 0x0020_0000_2000_0001],
        random => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));

    public static readonly float[] Single = Build(
        [0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -1.5f, -2.5f, 0.49999997f, -0.99999994f, float.Epsilon,
            -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, 1.1f,
            2147483648f, -2147483648f, 2147483520f, -2147483904f, 4294967296f, 4294967040f, 9223372036854775808f,
            9223371487098961920f, -9223372036854775808f, -9223373136366403584f, 18446744073709551616f,
            18446742974197923840f, 8388607.5f, 8388609f, 4194304.5f, 16777216f,
            Bits(0x7fc00000), Bits(0xffc00000), Bits(0x7f800001), Bits(0xffa00000), Bits(0x7fc12345), Bits(0x7fffffff)],
        random => BitConverter.Int32BitsToSingle((int)random.NextInt64()),
        random => (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(70))));

    public static readonly double[] Double = Build(
        [0d, -0d, 1d, -1d, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 0.49999999999999994, -0.9999999999999999, double.Epsilon,
            -double.Epsilon, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, 1.1,
            2147483647d, 2147483647.9, 2147483648, -2147483648, -2147483648.9, -2147483649, 4294967295.9, 4294967296,
            9223372036854774784d, 9223372036854775808d, -9223372036854775808d, -9223372036854777856d,
            18446744073709549568d, 18446744073709551616d, 4503599627370495.5, 4503599627370497, 2251799813685248.5,
            16777217, 3.4028235677973366e38, 3.4028235677973362e38, 7.006492321624085e-46, 1.1754943508222875e-38,
            Bits64(0x7ff8000000000000), Bits64(0xfff8000000000000), Bits64(0x7ff0000000000001),
            Bits64(0xfff4000000000000), Bits64(0x7ff8123456789abc), Bits64(0x7ff00000_20000000)],
        random => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
        random => (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(70)));

    public static float Bits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    public static double Bits64(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static T[] Build<T>(T[] edges, params Func<Random, T>[] generators)
    {
        var random = new Random(20_250_101);
        var values = new List<T>(edges);
        foreach (var generate in generators)
        {
            for (var i = 0; i < RandomCount; i++)
                values.Add(generate(random));
        }

        return [.. values];
    }
}
