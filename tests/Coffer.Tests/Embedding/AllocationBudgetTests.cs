using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>How much guests may allocate during a call of the host.</summary>
public sealed class AllocationBudgetTests
{
    private const long Budget = 4 << 20;

    // Each node takes some fifty bytes.
    private const string Text = """
        (module (type $n (struct (field (ref null $n)) (field i64 i64 i64)))
          (import "host" "again" (func $again (param i32)))
          (func $make (export "make") (param i32)
            (local $n (ref null $n))
            (loop $l
              (local.set $n (struct.new $n (local.get $n) (i64.const 1) (i64.const 2) (i64.const 3)))
              (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "drop") (param i32)
            (loop $l
              (drop (struct.new $n (ref.null $n) (i64.const 1) (i64.const 2) (i64.const 3)))
              (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "nested") (param i32) (call $make (local.get 0)) (call $again (local.get 0))))
        """;

    private static Instance Start(Store store)
    {
        var module = Module.CompileText(store.Engine, Text);
        Instance instance = null!;
        instance = new Linker().DefineFunction("host", "again", (int count) => instance.GetAction<int>("make")(count)).Instantiate(store, module);
        return instance;
    }

    [Theory]
    [InlineData("make")]
    [InlineData("drop")]
    public void Calls_AreBoundedEachByItself(string name)
    {
        using var store = new Store(Guest.Default, new StoreLimits { AllocatedBytes = Budget });
        var call = Start(store).GetAction<int>(name);
        for (var i = 0; i < 50; i++) call(30_000);
        for (var i = 0; i < 3; i++)
        {
            var exception = Assert.Throws<ExhaustionException>(() => call(1_000_000));
            Assert.Equal(ExhaustionKind.StoreLimit, exception.Kind);
            Assert.Contains("AllocatedBytes", exception.Message, StringComparison.Ordinal);
            call(30_000);
        }
    }

    [Fact]
    public void Calls_InsideOfACall_CountWithIt()
    {
        using var store = new Store(Guest.Default, new StoreLimits { AllocatedBytes = Budget });
        var nested = Start(store).GetAction<int>("nested");
        nested(30_000);
        Assert.Throws<ExhaustionException>(() => nested(60_000));
        nested(30_000);
    }

    [Fact]
    public void Calls_WithoutABudget_AreNotBounded()
    {
        using var store = new Store(Guest.Default);
        Start(store).GetAction<int>("drop")(1_000_000);
    }
}
