using System.Runtime.CompilerServices;
using Coffer.Runtime.Semantics;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

public sealed unsafe class VectorMemoryTests
{
    private const int Size = 48;
    private const byte Canary = 0xa5;

    [Fact]
    public void Loads_EveryAlignment_MatchReference()
    {
        var bytes = stackalloc byte[Size];
        for (var i = 0; i < Size; i++)
            bytes[i] = (byte)((i * 37) + 0x7b);

        for (var offset = 0; offset < 16; offset++)
        {
            var p = bytes + offset;
            var at = new Span<byte>(p, 16).ToArray();
            Same(at, VectorOps.V128Load(p));
            Same(Extend<sbyte, short>(p), VectorOps.V128Load8x8S(p));
            Same(Extend<byte, short>(p), VectorOps.V128Load8x8U(p));
            Same(Extend<short, int>(p), VectorOps.V128Load16x4S(p));
            Same(Extend<ushort, int>(p), VectorOps.V128Load16x4U(p));
            Same(Extend<int, long>(p), VectorOps.V128Load32x2S(p));
            Same(Extend<uint, long>(p), VectorOps.V128Load32x2U(p));
            Same(Repeat(at[..1]), VectorOps.V128Load8Splat(p));
            Same(Repeat(at[..2]), VectorOps.V128Load16Splat(p));
            Same(Repeat(at[..4]), VectorOps.V128Load32Splat(p));
            Same(Repeat(at[..8]), VectorOps.V128Load64Splat(p));
            Same([.. at[..4], .. new byte[12]], VectorOps.V128Load32Zero(p));
            Same([.. at[..8], .. new byte[8]], VectorOps.V128Load64Zero(p));
        }
    }

    [Fact]
    public void LaneLoadsAndStores_EveryLane_TouchThatLaneOnly()
    {
        LoadLane(1, (p, v, lane) => VectorOps.V128Load8Lane((byte*)p, v, lane));
        LoadLane(2, (p, v, lane) => VectorOps.V128Load16Lane((byte*)p, v, lane));
        LoadLane(4, (p, v, lane) => VectorOps.V128Load32Lane((byte*)p, v, lane));
        LoadLane(8, (p, v, lane) => VectorOps.V128Load64Lane((byte*)p, v, lane));
        StoreLane(1, (p, v, lane) => VectorOps.V128Store8Lane((byte*)p, v, lane));
        StoreLane(2, (p, v, lane) => VectorOps.V128Store16Lane((byte*)p, v, lane));
        StoreLane(4, (p, v, lane) => VectorOps.V128Store32Lane((byte*)p, v, lane));
        StoreLane(8, (p, v, lane) => VectorOps.V128Store64Lane((byte*)p, v, lane));
        StoreLane(16, (p, v, _) => VectorOps.V128Store((byte*)p, v));
    }

    private static void LoadLane(int width, Func<nint, V128, byte, V128> load)
    {
        var bytes = stackalloc byte[Size];
        for (var i = 0; i < Size; i++)
            bytes[i] = (byte)((i * 37) + 0x7b);

        for (var lane = 0; lane < 16 / width; lane++)
        {
            var original = LaneCheck.Join(0x0102_0304_0506_0708, 0x1112_1314_1516_1718);
            var expected = LaneCheck.Split<byte>(original);
            new Span<byte>(bytes + 3 + lane, width).CopyTo(expected.AsSpan(lane * width));
            Same(expected, load((nint)(bytes + 3 + lane), original, (byte)lane));
        }
    }

    private static void StoreLane(int width, Action<nint, V128, byte> store)
    {
        var bytes = stackalloc byte[Size];
        var vector = LaneCheck.Join(0x0102_0304_0506_0708, 0x1112_1314_1516_1718);
        for (var lane = 0; lane < 16 / width; lane++)
        {
            var memory = new Span<byte>(bytes, Size);
            memory.Fill(Canary);
            var expected = memory.ToArray();
            LaneCheck.Split<byte>(vector).AsSpan(lane * width, width).CopyTo(expected.AsSpan(5 + lane));
            store((nint)(bytes + 5 + lane), vector, (byte)lane);
            Assert.Equal(expected, memory.ToArray());
        }
    }

    private static byte[] Extend<TIn, TOut>(byte* address)
        where TIn : unmanaged, System.Numerics.IBinaryInteger<TIn> where TOut : unmanaged, System.Numerics.IBinaryInteger<TOut>
    {
        var lanes = new TOut[8 / sizeof(TIn)];
        for (var i = 0; i < lanes.Length; i++)
            lanes[i] = TOut.CreateChecked(Unsafe.ReadUnaligned<TIn>(address + (i * sizeof(TIn))));
        return LaneCheck.Split<byte>(LaneCheck.Join<TOut>(lanes));
    }

    private static byte[] Repeat(byte[] lane) => [.. Enumerable.Repeat(lane, 16 / lane.Length).SelectMany(x => x)];

    private static void Same(byte[] expected, V128 actual) => Assert.Equal(expected, LaneCheck.Split<byte>(actual));
}
