using System.Numerics;
using static Coffer.Runtime.Semantics.VectorOps;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class VectorIntegerTests
{
    [Fact]
    public void I8x16_AllPairsOfLanes_MatchReference()
    {
        LaneCheck.Binary<sbyte>(I8x16Add, (a, b) => a + b);
        LaneCheck.Binary<sbyte>(I8x16Sub, (a, b) => a - b);
        LaneCheck.Binary<sbyte>(I8x16AddSatS, (a, b) => BigInteger.Clamp(a + b, -128, 127));
        LaneCheck.Binary<byte>(I8x16AddSatU, (a, b) => BigInteger.Clamp(a + b, 0, 255));
        LaneCheck.Binary<sbyte>(I8x16SubSatS, (a, b) => BigInteger.Clamp(a - b, -128, 127));
        LaneCheck.Binary<byte>(I8x16SubSatU, (a, b) => BigInteger.Clamp(a - b, 0, 255));
        LaneCheck.Binary<sbyte>(I8x16MinS, BigInteger.Min);
        LaneCheck.Binary<byte>(I8x16MinU, BigInteger.Min);
        LaneCheck.Binary<sbyte>(I8x16MaxS, BigInteger.Max);
        LaneCheck.Binary<byte>(I8x16MaxU, BigInteger.Max);
        LaneCheck.Binary<byte>(I8x16AvgrU, (a, b) => (a + b + 1) >> 1);
        LaneCheck.Unary<sbyte>(I8x16Abs, BigInteger.Abs);
        LaneCheck.Unary<sbyte>(I8x16Neg, BigInteger.Negate);
        LaneCheck.Unary<byte>(I8x16Popcnt, a => BitOperations.PopCount((uint)a));
    }

    [Fact]
    public void I16x8_EdgePairsOfLanes_MatchReference()
    {
        LaneCheck.Binary<short>(I16x8Add, (a, b) => a + b);
        LaneCheck.Binary<short>(I16x8Sub, (a, b) => a - b);
        LaneCheck.Binary<short>(I16x8Mul, (a, b) => a * b);
        LaneCheck.Binary<short>(I16x8AddSatS, (a, b) => BigInteger.Clamp(a + b, short.MinValue, short.MaxValue));
        LaneCheck.Binary<ushort>(I16x8AddSatU, (a, b) => BigInteger.Clamp(a + b, 0, ushort.MaxValue));
        LaneCheck.Binary<short>(I16x8SubSatS, (a, b) => BigInteger.Clamp(a - b, short.MinValue, short.MaxValue));
        LaneCheck.Binary<ushort>(I16x8SubSatU, (a, b) => BigInteger.Clamp(a - b, 0, ushort.MaxValue));
        LaneCheck.Binary<short>(I16x8MinS, BigInteger.Min);
        LaneCheck.Binary<ushort>(I16x8MinU, BigInteger.Min);
        LaneCheck.Binary<short>(I16x8MaxS, BigInteger.Max);
        LaneCheck.Binary<ushort>(I16x8MaxU, BigInteger.Max);
        LaneCheck.Binary<ushort>(I16x8AvgrU, (a, b) => (a + b + 1) >> 1);
        LaneCheck.Binary<short>(I16x8Q15mulrSatS, Q15Multiply);
        LaneCheck.Binary<short>(I16x8RelaxedQ15mulrS, Q15Multiply);
        LaneCheck.Unary<short>(I16x8Abs, BigInteger.Abs);
        LaneCheck.Unary<short>(I16x8Neg, BigInteger.Negate);
    }

    [Fact]
    public void I32x4_EdgePairsOfLanes_MatchReference()
    {
        LaneCheck.Binary<int>(I32x4Add, (a, b) => a + b);
        LaneCheck.Binary<int>(I32x4Sub, (a, b) => a - b);
        LaneCheck.Binary<int>(I32x4Mul, (a, b) => a * b);
        LaneCheck.Binary<int>(I32x4MinS, BigInteger.Min);
        LaneCheck.Binary<uint>(I32x4MinU, BigInteger.Min);
        LaneCheck.Binary<int>(I32x4MaxS, BigInteger.Max);
        LaneCheck.Binary<uint>(I32x4MaxU, BigInteger.Max);
        LaneCheck.Unary<int>(I32x4Abs, BigInteger.Abs);
        LaneCheck.Unary<int>(I32x4Neg, BigInteger.Negate);
    }

    [Fact]
    public void I64x2_EdgePairsOfLanes_MatchReference()
    {
        LaneCheck.Binary<long>(I64x2Add, (a, b) => a + b);
        LaneCheck.Binary<long>(I64x2Sub, (a, b) => a - b);
        LaneCheck.Binary<long>(I64x2Mul, (a, b) => a * b);
        LaneCheck.Unary<long>(I64x2Abs, BigInteger.Abs);
        LaneCheck.Unary<long>(I64x2Neg, BigInteger.Negate);
    }

    [Fact]
    public void Relations_SignedIntegers_MatchReference()
    {
        Relations<sbyte>(I8x16Eq, I8x16Ne, I8x16LtS, I8x16GtS, I8x16LeS, I8x16GeS);
        Relations<short>(I16x8Eq, I16x8Ne, I16x8LtS, I16x8GtS, I16x8LeS, I16x8GeS);
        Relations<int>(I32x4Eq, I32x4Ne, I32x4LtS, I32x4GtS, I32x4LeS, I32x4GeS);
        Relations<long>(I64x2Eq, I64x2Ne, I64x2LtS, I64x2GtS, I64x2LeS, I64x2GeS);
    }

    [Fact]
    public void Relations_UnsignedIntegers_MatchReference()
    {
        Relations<byte>(I8x16Eq, I8x16Ne, I8x16LtU, I8x16GtU, I8x16LeU, I8x16GeU);
        Relations<ushort>(I16x8Eq, I16x8Ne, I16x8LtU, I16x8GtU, I16x8LeU, I16x8GeU);
        Relations<uint>(I32x4Eq, I32x4Ne, I32x4LtU, I32x4GtU, I32x4LeU, I32x4GeU);
    }

    [Fact]
    public void Relations_FloatingPoint_MatchReference()
    {
        Relations<float>(F32x4Eq, F32x4Ne, F32x4Lt, F32x4Gt, F32x4Le, F32x4Ge);
        Relations<double>(F64x2Eq, F64x2Ne, F64x2Lt, F64x2Gt, F64x2Le, F64x2Ge);
    }

    [Fact]
    public void Shifts_EveryCount_MatchReference()
    {
        LaneCheck.Shift<byte>(I8x16Shl, (a, n) => a << n);
        LaneCheck.Shift<sbyte>(I8x16ShrS, (a, n) => a >> n);
        LaneCheck.Shift<byte>(I8x16ShrU, (a, n) => a >> n);
        LaneCheck.Shift<ushort>(I16x8Shl, (a, n) => a << n);
        LaneCheck.Shift<short>(I16x8ShrS, (a, n) => a >> n);
        LaneCheck.Shift<ushort>(I16x8ShrU, (a, n) => a >> n);
        LaneCheck.Shift<uint>(I32x4Shl, (a, n) => a << n);
        LaneCheck.Shift<int>(I32x4ShrS, (a, n) => a >> n);
        LaneCheck.Shift<uint>(I32x4ShrU, (a, n) => a >> n);
        LaneCheck.Shift<ulong>(I64x2Shl, (a, n) => a << n);
        LaneCheck.Shift<long>(I64x2ShrS, (a, n) => a >> n);
        LaneCheck.Shift<ulong>(I64x2ShrU, (a, n) => a >> n);
    }

    internal static BigInteger Q15Multiply(BigInteger a, BigInteger b) =>
        BigInteger.Clamp(((a * b) + 0x4000) >> 15, short.MinValue, short.MaxValue);

    private static void Relations<T>(
        Func<V128, V128, V128> eq, Func<V128, V128, V128> ne, Func<V128, V128, V128> lt,
        Func<V128, V128, V128> gt, Func<V128, V128, V128> le, Func<V128, V128, V128> ge)
        where T : unmanaged, INumber<T>
    {
        LaneCheck.Relation<T>(eq, (a, b) => a == b, $"eq {typeof(T).Name}");
        LaneCheck.Relation<T>(ne, (a, b) => a != b, $"ne {typeof(T).Name}");
        LaneCheck.Relation<T>(lt, (a, b) => a < b, $"lt {typeof(T).Name}");
        LaneCheck.Relation<T>(gt, (a, b) => a > b, $"gt {typeof(T).Name}");
        LaneCheck.Relation<T>(le, (a, b) => a <= b, $"le {typeof(T).Name}");
        LaneCheck.Relation<T>(ge, (a, b) => a >= b, $"ge {typeof(T).Name}");
    }
}
