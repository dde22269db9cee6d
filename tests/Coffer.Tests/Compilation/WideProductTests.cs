namespace Coffer.Tests.Compilation;

/// <summary>
/// The multiplication of 128-bit integers that compilers write out is written with the processor's own: only where the code
/// is exactly that, and without any other difference.
/// </summary>
public sealed class WideProductTests
{
    private const string Body = """
        local.get 0
        local.get 4 local.get 1 i64.mul local.get 2 local.get 3 i64.mul i64.add
        local.get 3 i64.const 32 i64.shr_u local.tee 2 local.get 1 i64.const 32 i64.shr_u local.tee 4 i64.mul i64.add
        local.get 3 i64.const 4294967295 i64.and local.tee 3 local.get 1 i64.const 4294967295 i64.and local.tee 1 i64.mul local.tee 5
        i64.const 32 i64.shr_u local.get 3 local.get 4 i64.mul i64.add local.tee 3 i64.const 32 i64.shr_u i64.add
        local.get 3 i64.const 4294967295 i64.and local.get 2 local.get 1 i64.mul i64.add local.tee 1 i64.const 32 i64.shr_u i64.add
        i64.store offset=8
        local.get 0 local.get 1 i64.const 32 i64.shl local.get 5 i64.const 4294967295 i64.and i64.or i64.store
        """;

    // The other order of the products in the middle, and of the stores, and a sum where there was a union.
    private const string Turned = """
        local.get 0
        local.get 1 i64.const 4294967295 i64.and local.get 3 i64.const 4294967295 i64.and i64.mul local.tee 5
        i64.const 4294967295 i64.and
        local.get 5 i64.const 32 i64.shr_u local.get 1 i64.const 32 i64.shr_u local.get 3 i64.const 4294967295 i64.and i64.mul i64.add local.tee 5
        i64.const 4294967295 i64.and local.get 3 i64.const 32 i64.shr_u local.get 1 i64.const 4294967295 i64.and i64.mul i64.add local.tee 6
        i64.const 32 i64.shl i64.add i64.store offset=16
        local.get 0
        local.get 6 i64.const 32 i64.shr_u local.get 5 i64.const 32 i64.shr_u i64.add
        local.get 1 i64.const 32 i64.shr_u local.get 3 i64.const 32 i64.shr_u i64.mul i64.add
        local.get 1 local.get 4 i64.mul i64.add local.get 3 local.get 2 i64.mul i64.add
        i64.store offset=24
        """;

    private static readonly ulong[] Numbers =
    [
        0, 1, 2, uint.MaxValue, 1UL << 32, (1UL << 32) + 1, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1,
        0x123456789ABCDEF0, 0xFEDCBA9876543210, 0x00000000DEADBEEF, 0xDEADBEEF00000000, 0x8000000080000000,
    ];

    public static TheoryData<string, int, MemoryMode> Written => new()
    {
        { Body, 0, MemoryMode.Guarded },
        { Body, 0, MemoryMode.Checked },
        { Turned, 16, MemoryMode.Guarded },
        { Turned, 16, MemoryMode.Checked },
    };

    // Each computes something else, with a difference that shows in few products.
    public static TheoryData<string> Different =>
    [
        Body.Replace("i64.store offset=8", "i64.store offset=16", StringComparison.Ordinal),
        Body.Replace("i64.or", "i64.and", StringComparison.Ordinal),
        Body.Replace("local.get 3 local.get 4 i64.mul i64.add local.tee 3", "local.get 3 local.get 4 i64.mul i64.or local.tee 3", StringComparison.Ordinal),
        Body.Replace("i64.const 32 i64.shl", "i64.const 33 i64.shl", StringComparison.Ordinal),
        Body.Replace("local.get 4 local.get 1 i64.mul local.get 2", "local.get 4 local.get 1 i64.mul local.get 4", StringComparison.Ordinal),
        Body.Replace("local.get 3 i64.const 4294967295 i64.and local.tee 3", "local.get 3 i64.const 4294967294 i64.and local.tee 3", StringComparison.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Written))]
    public void Product_OfAnyNumbers_IsRight(string body, int place, MemoryMode mode)
    {
        using var store = NewStore(mode);
        var instance = Instantiate(store, body, isProduct: true);
        var multiply = instance.GetDelegate<Action<int, long, long, long, long>>("multiply");
        var memory = instance.GetMemory("memory");
        foreach (var left in Numbers)
        {
            foreach (var right in Numbers)
            {
                var (leftHigh, rightHigh) = (left * 31, right ^ left);
                multiply(64, (long)left, (long)leftHigh, (long)right, (long)rightHigh);
                var expected = unchecked(new UInt128(leftHigh, left) * new UInt128(rightHigh, right));
                Assert.Equal(expected, new UInt128(memory.Read<ulong>((ulong)(64 + place + 8)), memory.Read<ulong>((ulong)(64 + place))));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Different))]
    public void Body_ThatComputesSomethingElse_IsLeftAlone(string body)
    {
        Assert.NotEqual(Body, body);
        using var store = new Store(new Engine());
        _ = Instantiate(store, body, isProduct: false);
    }

    [Fact]
    public void Fuel_IsChargedForTheInstructionsThatAreThere()
    {
        using var store = new Store(new Engine(new EngineOptions { ConsumeFuel = true }));
        var before = store.Fuel;
        Instantiate(store, Body, isProduct: true).GetDelegate<Action<int, long, long, long, long>>("multiply")(64, 1, 2, 3, 4);
        var charged = before - store.Fuel;
        var other = Body.Replace("i64.or", "i64.and", StringComparison.Ordinal);
        Instantiate(store, other, isProduct: false).GetDelegate<Action<int, long, long, long, long>>("multiply")(64, 1, 2, 3, 4);
        Assert.Equal(charged, before - charged - store.Fuel);
        Assert.InRange(charged, 40, 70);
    }

    // The first store of the body is that of the high half: beyond the end it must leave the low half alone.
    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void StoreBeyondTheEnd_Traps_InTheOrderOfTheBody(MemoryMode mode)
    {
        using var store = NewStore(mode);
        var instance = Instantiate(store, Body, isProduct: true);
        var multiply = instance.GetDelegate<Action<int, long, long, long, long>>("multiply");
        var memory = instance.GetMemory("memory");
        var trap = Assert.Throws<TrapException>(() => multiply(65528, 3, 0, 5, 0));
        Assert.Equal(TrapKind.MemoryOutOfBounds, trap.Kind);
        Assert.Equal(0, memory.Read<long>(65528));
        multiply(65520, 3, 0, 5, 0);
        Assert.Equal(15, memory.Read<long>(65520));
    }

    [Fact]
    public void Caller_WithConstants_GetsTheSameProduct()
    {
        using var store = new Store(new Engine());
        var high = Instantiate(store, Body, isProduct: true).GetFunction<long, long, long>("high");
        Assert.Equal([-2, 0, 1L << 31], [high(-1, -1), high(1, -1), high(1L << 32, 1L << 63)]);
    }

    private static Store NewStore(MemoryMode mode) =>
        new(new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } }));

    private static Instance Instantiate(Store store, string body, bool isProduct)
    {
        var module = Module.CompileText(store.Engine, $"""
            (module
              (memory (export "memory") 1)
              (func $multiply (export "multiply") (param i32 i64 i64 i64 i64) (local i64 i64) {body})
              (func (export "high") (param i64 i64) (result i64)
                (call $multiply (i32.const 64) (local.get 0) (i64.const 0) (local.get 1) (i64.const 0))
                (i64.load offset=8 (i32.const 64))))
            """);

        // The image names what it calls.
        Assert.Equal(isProduct, module.Compiled.Image.AsSpan().IndexOf("HighProduct"u8) >= 0);
        return new Linker().Instantiate(store, module);
    }
}
