using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Gc;

public sealed class CastingTests
{
    private readonly GcTypes types = new();
    private readonly StructLayoutRegistry layouts = new(isCollectible: true);
    private readonly GuestHeap heap = new(limit: long.MaxValue);

    private object Struct(DefinedType type) => layouts.Get(type).DefaultConstructor.Invoke([type]);

    [Fact]
    public void IsInstance_Chain_AncestorsAndItself()
    {
        var chain = types.Define("04 50 00 5f 00 50 01 00 5f 01 7f 00 50 01 01 5f 02 7f 00 7f 00 50 01 00 5f 01 7f 01");
        var value = Struct(chain[2]);

        Assert.Equal([true, true, true, false], chain.Select(type => Casting.IsInstance(value, type)));
        Assert.Equal([true, true, true, false], chain.Select(type => Casting.IsInstanceOfGcObject(value, type)));
        Assert.Equal([true, false, false, false], chain.Select(type => Casting.IsInstance(Struct(chain[0]), type)));
    }

    [Fact]
    public void IsInstance_SameShapeOtherType_No()
    {
        var pair = types.Define("02 5f 01 6e 00 5f 01 6d 01");

        Assert.Same(Struct(pair[0]).GetType(), Struct(pair[1]).GetType());
        Assert.False(Casting.IsInstance(Struct(pair[0]), pair[1]));
    }

    [Fact]
    public void IsInstance_NullScalarAndHostObject_No()
    {
        var type = types.Array("7f");

        Assert.False(Casting.IsInstance(null, type));
        Assert.False(Casting.IsInstanceOfGcObject(null, type));
        Assert.False(Casting.IsInstance(I31Object.Create(1), type));
        Assert.False(Casting.IsInstance("host", type));
    }

    [Fact]
    public void Is_AbstractTypes_ByKindOfValue()
    {
        HeapKind[] kinds =
            [HeapKind.Any, HeapKind.Eq, HeapKind.I31, HeapKind.Struct, HeapKind.Array, HeapKind.None, HeapKind.Extern];
        string Row(object? value) => string.Concat(kinds.Select(kind => Casting.Is(value, new HeapType(kind)) ? '1' : '0'));

        Assert.Equal("1110001", Row(I31Object.Create(5)));
        Assert.Equal("1101001", Row(Struct(types.Define("01 5f 00")[0])));
        Assert.Equal("1100101", Row(ArrayOps.NewDefault<int>(1, types.Array("7f"), heap)));
        Assert.Equal("1000001", Row("host"));
        Assert.Equal("1000001", Row(42));
        Assert.Equal("0000000", Row(null));
    }

    [Fact]
    public void Is_ConcreteType_ByIdentity()
    {
        var type = types.Array("7f");
        var value = ArrayOps.NewDefault<int>(1, type, heap);

        Assert.True(Casting.Is(value, new HeapType(type, 0)));
        Assert.False(Casting.Is(value, new HeapType(types.Array("7e"), 0)));
    }

    [Fact]
    public void AreEqual_Scalars_ByNumberOthersByIdentity()
    {
        var type = types.Array("7f");
        var array = ArrayOps.NewDefault<int>(0, type, heap);

        Assert.True(Casting.AreEqual(I31Object.Create(1 << 29), I31Object.Create(1 << 29)));
        Assert.True(Casting.AreEqual(I31Object.Create(int.MinValue), I31Object.Create(0)));
        Assert.False(Casting.AreEqual(I31Object.Create(5), I31Object.Create(6)));
        Assert.True(Casting.AreEqual(array, array));
        Assert.False(Casting.AreEqual(array, ArrayOps.NewDefault<int>(0, type, heap)));
        Assert.True(Casting.AreEqual(null, null));
        Assert.False(Casting.AreEqual(null, I31Object.Create(0)));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(-1, -1, 0x7FFFFFFF)]
    [InlineData(0x3FFFFFFF, 0x3FFFFFFF, 0x3FFFFFFF)]
    [InlineData(0x40000000, -0x40000000, 0x40000000)]
    [InlineData(int.MaxValue, -1, 0x7FFFFFFF)]
    [InlineData(int.MinValue, 0, 0)]
    [InlineData(-1024, -1024, 0x7FFFFC00)]
    [InlineData(-1025, -1025, 0x7FFFFBFF)]
    [InlineData(1023, 1023, 1023)]
    [InlineData(1024, 1024, 1024)]
    public void I31_Number_SignedAndUnsigned(int number, int signed, int unsigned)
    {
        var value = I31Object.Create(number);

        Assert.Equal((signed, unsigned), (I31Object.GetSigned(value), I31Object.GetUnsigned(value)));
    }

    [Fact]
    public void I31_Null_Traps() =>
        Assert.Equal(TrapKind.NullI31Reference, Assert.Throws<TrapException>(() => I31Object.GetUnsigned(null)).Kind);
}
