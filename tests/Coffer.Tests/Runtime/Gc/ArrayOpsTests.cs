using System.Runtime.Intrinsics;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Gc;

public sealed class ArrayOpsTests
{
    private static readonly ReadOnlyMemory<byte> Data = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

    private readonly GcTypes types = new();
    private readonly GuestHeap heap = new(limit: long.MaxValue);

    private DefinedType Ints => types.Array("7f");

    private object Array(params int[] items)
    {
        var array = ArrayOps.NewDefault<int>(items.Length, Ints, heap);
        items.CopyTo(((ArrayObject<int>)array).Items, 0);
        return array;
    }

    private static int[] Items(object array) => ((ArrayObject<int>)array).Items;

    private static void AssertTrap(TrapKind kind, Action action) =>
        Assert.Equal(kind, Assert.Throws<TrapException>(action).Kind);

    [Fact]
    public void New_Value_FillsAll()
    {
        var array = ArrayOps.New<long>(-7, 3, types.Array("7e"), heap);

        Assert.Equal(3, ArrayOps.Length(array));
        Assert.Equal([-7L, -7L, -7L], ((ArrayObject<long>)array).Items);
        Assert.Same(types.Array("7e"), ((GcObject)array).Type);
    }

    [Fact]
    public void NewDefault_References_Null()
    {
        var array = ArrayOps.NewDefault<object?>(2, types.Array("6e"), heap);

        Assert.Null(ArrayOps.Get<object?>(array, 1));
        ArrayOps.Set<object?>(array, 1, "x");
        Assert.Equal("x", ArrayOps.Get<object?>(array, 1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void New_TooLong_ExhaustedNotCrashed(int length)
    {
        Assert.Throws<ExhaustionException>(() => ArrayOps.NewDefault<Vector128<byte>>(length, types.Array("7b"), heap));
        Assert.Throws<ExhaustionException>(() => ArrayOps.New<object?>(null, length, types.Array("6e"), heap));
        Assert.Throws<ExhaustionException>(() => ArrayOps.New(1.0, length, types.Array("7c"), new GuestHeap(1L << 30)));
    }

    [Fact]
    public void New_BeyondTheHeapLimit_RefusedUntilObjectsAreDropped()
    {
        var small = new GuestHeap(GC.GetTotalMemory(forceFullCollection: true) + (64 << 20));
        void Fill()
        {
            var kept = new List<object>();
            for (var i = 0; i < 1000; i++) kept.Add(ArrayOps.NewDefault<byte>(1 << 20, Ints, small));
            GC.KeepAlive(kept);
        }

        Assert.Equal(ExhaustionKind.StoreLimit, Assert.Throws<ExhaustionException>(Fill).Kind);

        for (var i = 0; i < 200; i++) ArrayOps.NewDefault<byte>(1 << 20, Ints, small);
    }

    [Theory]
    [InlineData(1 << 10)]
    [InlineData(1 << 20)]
    [InlineData(3 << 20)]
    public void New_BeyondTheBudgetOfTheCall_RefusedUntilTheNext(int length)
    {
        const int Budget = 10 << 20;
        var bounded = new GuestHeap(long.MaxValue, budget: Budget);
        var bytes = 0L;
        void Fill()
        {
            for (bytes = 0; bytes < 2 * Budget; bytes += length) ArrayOps.NewDefault<byte>(length, Ints, bounded);
        }

        for (var call = 0; call < 3; call++)
        {
            bounded.BeginCall();
            Assert.Equal(ExhaustionKind.StoreLimit, Assert.Throws<ExhaustionException>(Fill).Kind);
            // Objects have a header each.
            Assert.InRange(bytes, Budget - length - (Budget / length * 64), Budget);
            Assert.Throws<ExhaustionException>(() => ArrayOps.NewDefault<byte>(length * 4, Ints, bounded));
        }
    }

    [Fact]
    public void NewData_Elements_LittleEndian()
    {
        var array = ArrayOps.NewData<short>(1, 3, Data, types.Array("77"), heap);

        Assert.Equal([(short)0x0302, (short)0x0504, (short)0x0706], ((ArrayObject<short>)array).Items);
    }

    [Theory]
    [InlineData(0, 6)]
    [InlineData(9, 1)]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, int.MinValue)]
    public void NewData_BeyondTheSegment_Traps(int offset, int length) =>
        AssertTrap(TrapKind.MemoryOutOfBounds, () => ArrayOps.NewData<short>(offset, length, Data, types.Array("77"), heap));

    [Fact]
    public void NewData_EmptyAtTheEnd_Allowed() =>
        Assert.Equal(0, ArrayOps.Length(ArrayOps.NewData<int>(10, 0, Data, Ints, heap)));

    [Fact]
    public void NewElements_Range_Copied()
    {
        object?[] elements = ["a", "b", null];

        var array = ArrayOps.NewElements(1, 2, elements, types.Array("6e"), heap);

        Assert.Equal(["b", null], ((ArrayObject<object?>)array).Items);
        AssertTrap(TrapKind.TableOutOfBounds, () => ArrayOps.NewElements(2, 2, elements, types.Array("6e"), heap));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void GetAndSet_BeyondTheEnd_Trap(int index)
    {
        var array = Array(1, 2, 3);

        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Get<int>(array, index));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Set(array, index, 0));
        Assert.Equal([1, 2, 3], Items(array));
    }

    [Fact]
    public void AnyInstruction_Null_Traps()
    {
        var array = Array(1);

        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Get<int>(null, 0));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Set(null, 0, 0));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Length(null));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Fill(null, 0, 0, 0));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Copy<int>(null, 0, array, 0, 0));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.Copy<int>(array, 0, null, 0, 0));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.InitData<int>(null, 0, 0, 0, Data));
        AssertTrap(TrapKind.NullArrayReference, () => ArrayOps.InitElements(null, 0, 0, 0, []));
        AssertTrap(TrapKind.NullStructReference, () => StructOps.NotNull(null));
    }

    [Fact]
    public void Fill_Range_OnlyThat()
    {
        var array = Array(1, 2, 3, 4);

        ArrayOps.Fill(array, 1, 9, 2);
        ArrayOps.Fill(array, 4, 9, 0);

        Assert.Equal([1, 9, 9, 4], Items(array));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Fill(array, 3, 8, 2));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Fill(array, -1, 8, 1));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Fill(array, 1, 8, -1));
        Assert.Equal([1, 9, 9, 4], Items(array));
    }

    [Theory]
    [InlineData(0, 2, 3, new[] { 3, 4, 5, 4, 5 })]
    [InlineData(2, 0, 3, new[] { 1, 2, 1, 2, 3 })]
    [InlineData(5, 5, 0, new[] { 1, 2, 3, 4, 5 })]
    public void Copy_WithinOneArray_OverlapIsRight(int target, int source, int count, int[] expected)
    {
        var array = Array(1, 2, 3, 4, 5);

        ArrayOps.Copy<int>(array, target, array, source, count);

        Assert.Equal(expected, Items(array));
    }

    [Theory]
    [InlineData(3, 0, 3)]
    [InlineData(0, 3, 3)]
    [InlineData(6, 0, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(-1, 0, 1)]
    public void Copy_BeyondAnEnd_Traps(int target, int source, int count)
    {
        var array = Array(1, 2, 3, 4, 5);

        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.Copy<int>(array, target, array, source, count));
        Assert.Equal([1, 2, 3, 4, 5], Items(array));
    }

    [Fact]
    public void InitData_Range_OnlyThat()
    {
        var array = Array(1, 2, 3);

        ArrayOps.InitData<int>(array, 1, 2, 2, Data);

        Assert.Equal([1, 0x06050403, 0x0A090807], Items(array));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.InitData<int>(array, 2, 0, 2, Data));
        AssertTrap(TrapKind.MemoryOutOfBounds, () => ArrayOps.InitData<int>(array, 0, 3, 2, Data));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.InitData<int>(array, 2, 3, 2, Data));
    }

    [Fact]
    public void InitElements_Range_OnlyThat()
    {
        var array = ArrayOps.NewDefault<object?>(3, types.Array("6e"), heap);

        ArrayOps.InitElements(array, 1, 0, 2, ["a", "b"]);

        Assert.Equal([null, "a", "b"], ((ArrayObject<object?>)array).Items);
        AssertTrap(TrapKind.TableOutOfBounds, () => ArrayOps.InitElements(array, 0, 1, 2, ["a", "b"]));
        AssertTrap(TrapKind.ArrayOutOfBounds, () => ArrayOps.InitElements(array, 2, 0, 2, ["a", "b"]));
    }
}
