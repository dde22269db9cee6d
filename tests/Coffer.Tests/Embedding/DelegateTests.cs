using System.Runtime.Intrinsics;
using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>Guest functions as delegates: every type, any number of parameters and results.</summary>
public sealed class DelegateTests
{
    private delegate int Sum20(
        int a, int b, int c, int d, int e, int f, int g, int h, int i, int j,
        int k, int l, int m, int n, int o, int p, int q, int r, int s, int t);

    private static Instance Identity(string type) =>
        Guest.Load($"(module (func $f (export \"f\") (param {type}) (result {type}) (local.get 0)) (elem declare func $f))");

    [Fact]
    public void GetFunction_Integers_KeepEveryBit()
    {
        Assert.Equal(int.MinValue, Identity("i32").GetFunction<int, int>("f")(int.MinValue));
        Assert.Equal(uint.MaxValue, Identity("i32").GetFunction<uint, uint>("f")(uint.MaxValue));
        Assert.Equal(uint.MaxValue, Identity("i32").GetFunction<int, uint>("f")(-1));
        Assert.Equal(long.MinValue, Identity("i64").GetFunction<long, long>("f")(long.MinValue));
        Assert.Equal(ulong.MaxValue, Identity("i64").GetFunction<ulong, ulong>("f")(ulong.MaxValue));
    }

    [Fact]
    public void GetFunction_Bool_IsAnyNumberButZero()
    {
        Assert.True(Identity("i32").GetFunction<int, bool>("f")(256));
        Assert.False(Identity("i32").GetFunction<int, bool>("f")(0));
        Assert.Equal(1, Identity("i32").GetFunction<bool, int>("f")(true));
    }

    [Fact]
    public void GetFunction_Floats_KeepNegativeZeroAndInfinity()
    {
        Assert.True(float.IsNegative(Identity("f32").GetFunction<float, float>("f")(-0f)));
        Assert.Equal(float.NegativeInfinity, Identity("f32").GetFunction<float, float>("f")(float.NegativeInfinity));
        Assert.Equal(double.Epsilon, Identity("f64").GetFunction<double, double>("f")(double.Epsilon));
        var payload = BitConverter.UInt64BitsToDouble(0x7FF8_0000_DEAD_BEEF);
        Assert.Equal(
            BitConverter.DoubleToUInt64Bits(payload),
            BitConverter.DoubleToUInt64Bits(Identity("f64").GetFunction<double, double>("f")(payload)));
    }

    [Fact]
    public void GetFunction_Vectors_OfAnyLane()
    {
        var bytes = Vector128.Create(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, (byte)255);
        Assert.Equal(bytes, Identity("v128").GetFunction<Vector128<byte>, Vector128<byte>>("f")(bytes));
        Assert.Equal(bytes.AsInt32(), Identity("v128").GetFunction<Vector128<int>, Vector128<int>>("f")(bytes.AsInt32()));
        Assert.Equal(bytes.AsDouble(), Identity("v128").GetFunction<Vector128<byte>, Vector128<double>>("f")(bytes));
    }

    [Fact]
    public void GetFunction_ExternRef_IsTheSameObject()
    {
        var identity = Identity("externref").GetFunction<object?, object?>("f");
        foreach (var value in new object?[] { null, "text", 42, new int[3], this, identity, Identity("i32"), Identity("i32").GetFunction("f") })
        {
            Assert.Same(value, identity(value));
        }

        Assert.Equal("text", Identity("externref").GetFunction<string, string>("f")("text"));
        Assert.Null(Identity("externref").GetFunction<string?, string?>("f")(null));
        Assert.Throws<InvalidCastException>(() => Identity("externref").GetFunction<object, string>("f")(42));
    }

    [Fact]
    public void GetFunction_FuncRef_IsTheSameObject()
    {
        var instance = Identity("funcref");
        var function = instance.GetFunction("f");
        Assert.Same(function, instance.GetFunction<FuncRef, FuncRef>("f")(function));
        Assert.Null(instance.GetFunction<FuncRef?, FuncRef?>("f")(null));
        Assert.Contains("must be funcref", Assert.Throws<ArgumentException>(
            () => instance.GetFunction<object, object>("f")("text")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    public void GetDelegate_ManyParameters_ArriveInOrder(int count)
    {
        var instance = Weighted(count);
        var expected = Enumerable.Range(0, count).Sum(i => (i + 1) * (i + 100));
        var arguments = Enumerable.Range(0, count).Select(i => i + 100).ToArray();
        var type = System.Linq.Expressions.Expression.GetFuncType([.. Enumerable.Repeat(typeof(int), count + 1)]);
        var create = typeof(Instance).GetMethod(nameof(Instance.GetDelegate))!.MakeGenericMethod(type);
        var function = (Delegate)create.Invoke(instance, ["f"])!;
        Assert.Equal(expected, function.DynamicInvoke([.. arguments.Cast<object>()]));
        Assert.Equal(expected, instance.GetFunction("f").Invoke([.. arguments.Select(Value.I32)])[0].AsI32());
    }

    [Fact]
    public void GetDelegate_TypeOfTheHost_TwentyParameters()
    {
        var sum = Weighted(20).GetDelegate<Sum20>("f");
        Assert.Equal(210, sum(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
        Assert.Equal(1, sum(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        Assert.Equal(20, sum(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    }

    [Fact]
    public void Invoke_AThousandParametersAndResults_AllArrive()
    {
        var types = Guest.Repeat("i32 ", 1000);
        var instance = Guest.Load(
            $"(module (func (export \"f\") (param {types}) (result {types}) "
            + $"{string.Concat(Enumerable.Range(0, 1000).Select(i => $"(local.get {i})"))}))");
        var results = instance.GetFunction("f").Invoke([.. Enumerable.Range(0, 1000).Select(Value.I32)]);
        Assert.Equal(Enumerable.Range(0, 1000), results.Select(value => value.AsI32()));
    }

    [Fact]
    public void GetDelegate_Tuples_HaveEveryResult()
    {
        const string text = """
            (module (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
              (func (export "seven") (result i32 i64 f32 f64 i32 externref v128)
                (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (ref.null extern) (v128.const i32x4 6 7 8 9))
              (func (export "eight") (result i32 i32 i32 i32 i32 i32 i32 f64)
                (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (f64.const 8)))
            """;
        var instance = Guest.Load(text);
        Assert.Equal((1, 2L), instance.GetFunction<(int, long)>("two")());
        Assert.Equal((1u, 2UL), instance.GetFunction<(uint, ulong)>("two")());
        Assert.Equal(
            (1, 2L, 3f, 4.0, true, null, Vector128.Create(6, 7, 8, 9)),
            instance.GetFunction<(int, long, float, double, bool, string?, Vector128<int>)>("seven")());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], instance.GetFunction("eight").Invoke().Take(7).Select(value => value.AsI32()));
        Assert.Equal(8.0, instance.GetFunction("eight").Invoke()[7].AsF64());
        Assert.Throws<ArgumentException>(() => instance.GetFunction<(int, int, int, int, int, int, int, double)>("eight"));
    }

    [Fact]
    public void GetFunction_WrongType_NamesBothTypes()
    {
        var instance = Identity("i32");
        var error = Assert.Throws<ArgumentException>(() => instance.GetFunction<int, long>("f"));
        Assert.Contains("[i32] -> [i32]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[i32] -> [i64]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetAction<int>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int, int, int>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int, int?>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetFunction<DateTime, int>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetDelegate<Func<Caller, int, int>>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetDelegate<Delegate>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetDelegate<MulticastDelegate>("f"));
        Assert.Throws<ArgumentException>(() => instance.GetDelegate<RefParameter>("f"));
    }

    private delegate int RefParameter(ref int value);

    [Fact]
    public void Invoke_WrongArguments_NamesTheType()
    {
        var function = Identity("i32").GetFunction("f");
        Assert.Contains("takes 1 arguments ([i32] -> [i32])", Assert.Throws<ArgumentException>(() => function.Invoke()).Message, StringComparison.Ordinal);
        Assert.Contains("argument 0 must be i32, not I64 5", Assert.Throws<ArgumentException>(() => function.Invoke(5L)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => function.Invoke(default(Value)));
        Assert.Throws<ArgumentException>(() => function.Invoke(Value.Reference(null)));
        Assert.Throws<ArgumentException>(() => Identity("(ref extern)").GetFunction("f").Invoke(Value.Reference(null)));
    }

    [Fact]
    public void Get_MissingOrOfAnotherKind_SaysWhatThereIs()
    {
        var instance = Guest.Load("(module (func (export \"f\")) (func (export \"g\")) (memory (export \"m\") 1))");
        Assert.Contains("exports no function \"h\". It exports: f, g.", Assert.Throws<KeyNotFoundException>(
            () => instance.GetFunction("h")).Message, StringComparison.Ordinal);
        Assert.Contains("exports no function \"m\"", Assert.Throws<KeyNotFoundException>(
            () => instance.GetAction("m")).Message, StringComparison.Ordinal);
        Assert.Contains("exports no memory \"memory\". It exports: m.", Assert.Throws<KeyNotFoundException>(
            () => instance.GetMemory()).Message, StringComparison.Ordinal);
        Assert.Contains("exports no table at all", Assert.Throws<KeyNotFoundException>(
            () => instance.GetTable("f")).Message, StringComparison.Ordinal);
        Assert.Throws<KeyNotFoundException>(() => instance.GetGlobal("f"));
        Assert.Null(instance.FindFunction("m"));
        Assert.Same(instance.GetFunction("f"), instance.FindFunction("f"));
    }

    [Fact]
    public void Exports_SameFunction_IsTheSameReference()
    {
        var instance = Guest.Load("(module (func $f (export \"f\") (export \"g\")) (table (export \"t\") funcref (elem $f)))");
        Assert.Same(instance.GetFunction("f"), instance.GetFunction("g"));
        Assert.Same(instance.GetFunction("f"), instance.GetTable("t")[0].AsReference());
    }

    /// <summary>A function of i32 parameters that returns the sum of each times its place from 1 on.</summary>
    private static Instance Weighted(int count) => Guest.Load(
        $"(module (func (export \"f\") (param {Guest.Repeat("i32 ", count)}) (result i32) (i32.const 0) "
        + $"{string.Concat(Enumerable.Range(0, count).Select(i => $"(i32.mul (local.get {i}) (i32.const {i + 1})) (i32.add)"))}))");

    [Fact]
    public void GetFunction_DelegatesOfNumbers_OfEveryLength()
    {
        var instance = Guest.Load("""
            (module
              (global $sum (export "sum") (mut i64) (i64.const 0))
              (func (export "f0") (result f32) (f32.const 1.5))
              (func (export "f1") (param i64) (result i64) (local.get 0))
              (func (export "f2") (param f64 i32) (result f64) (f64.add (local.get 0) (f64.convert_i32_s (local.get 1))))
              (func (export "f3") (param i32 i64 f64) (result i32) (i32.sub (local.get 0) (i32.wrap_i64 (local.get 1))))
              (func $add (param i64) (global.set $sum (i64.add (global.get $sum) (local.get 0))))
              (func (export "a0") (call $add (i64.const 1)))
              (func (export "a1") (param i32) (call $add (i64.extend_i32_s (local.get 0))))
              (func (export "a2") (param i32 i64) (call $add (i64.mul (i64.extend_i32_s (local.get 0)) (local.get 1))))
              (func (export "a3") (param i32 i64 f32) (call $add (i64.trunc_f32_s (local.get 2)))))
            """);
        Assert.Equal(1.5f, instance.GetFunction<float>("f0")());
        Assert.Equal(ulong.MaxValue, instance.GetFunction<long, ulong>("f1")(-1));
        Assert.Equal(3.25, instance.GetFunction<double, uint, double>("f2")(0.25, 3));
        Assert.Equal(5, instance.GetFunction<int, long, double, int>("f3")(7, 2, 0));
        instance.GetAction("a0")();
        instance.GetAction<int>("a1")(-3);
        instance.GetAction<int, ulong>("a2")(4, 5);
        instance.GetAction<uint, long, float>("a3")(1, 2, 100.9f);
        Assert.Equal(118, instance.GetGlobal("sum").Value.AsI64());
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int, int>("f1"));
        Assert.Throws<ArgumentException>(() => instance.GetAction("f0"));
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int, int>("a1"));
    }

    [Fact]
    public void GetFunction_DelegateOfNumbers_TranslatesFaultsAndLeavesTheStore()
    {
        var instance = Guest.Load("""
            (module (memory 1)
              (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
              (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
            """);
        var divide = instance.GetFunction<int, int, int>("divide");
        Assert.Equal(TrapKind.IntegerDivideByZero, Assert.Throws<TrapException>(() => divide(1, 0)).Kind);
        Assert.Equal(TrapKind.IntegerOverflow, Assert.Throws<TrapException>(() => divide(int.MinValue, -1)).Kind);
        Assert.Equal(TrapKind.MemoryOutOfBounds, Assert.Throws<TrapException>(() => instance.GetFunction<int, int>("load")(65533)).Kind);
        Assert.Equal(3, divide(9, 3));
        instance.Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => divide(9, 3));
    }

    [Fact]
    public void GetFunction_SameDelegateForOtherTypes_ChecksByTheFunctionAtHand()
    {
        var anything = Identity("externref").GetFunction<object?, object?>("f");
        var function = Identity("funcref").GetFunction<object?, object?>("f");
        Assert.Equal("text", anything("text"));
        Assert.Throws<ArgumentException>(() => function("text"));
        Assert.Equal("text", Identity("externref").GetFunction<object?, object?>("f")("text"));
        Assert.Throws<ArgumentException>(() => Identity("funcref").GetFunction<object?, object?>("f")("text"));
        Assert.Throws<ArgumentException>(() => Identity("eqref").GetFunction<object?, object?>("f")("text"));
    }
}
