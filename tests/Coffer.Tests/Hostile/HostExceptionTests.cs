namespace Coffer.Tests.Hostile;

/// <summary>Exceptions of host functions pass through guests unharmed, and are never taken for traps.</summary>
public sealed class HostExceptionTests
{
    private const string Text = """
        (module
          (import "host" "call" (func $call (result i32)))
          (memory 1)
          (func (export "run") (result i32) (call $call))
          (func (export "caught") (result i32)
            (block $caught (return (try_table (result i32) (catch_all $caught) (call $call)))) (i32.const 99))
          (func (export "load") (result i32) (i32.load (i32.const -1)))
          (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
          (func (export "overflow") (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))
          (func (export "unreachable") (result i32) (unreachable)))
        """;

    public static TheoryData<Type> ExceptionTypes() =>
    [
        typeof(NullReferenceException), typeof(DivideByZeroException), typeof(OverflowException), typeof(ArithmeticException),
        typeof(InvalidOperationException), typeof(IndexOutOfRangeException), typeof(InvalidCastException),
        typeof(OperationCanceledException), typeof(IOException),
    ];

    [Theory]
    [MemberData(nameof(ExceptionTypes))]
    public void Call_HostThrows_SameExceptionArrives(Type type)
    {
        var thrown = (Exception)Activator.CreateInstance(type)!;
        var linker = new Linker().DefineFunction("host", "call", (Func<int>)(() => throw thrown));
        foreach (var engine in new[] { Guest.Guarded, Guest.Checked })
        {
            var instance = Guest.Load(Text, linker, engine);
            foreach (var export in new[] { "run", "caught" })
            {
                Assert.Same(thrown, Record.Exception(() => instance.GetFunction<int>(export)()));
                Assert.Same(thrown, Record.Exception(() => instance.GetFunction(export).Invoke()));
            }
        }
    }

    [Theory]
    [MemberData(nameof(ExceptionTypes))]
    public void Call_HostThrowsInsideAHostInsideAGuest_SameExceptionArrives(Type type)
    {
        var thrown = (Exception)Activator.CreateInstance(type)!;
        var inside = Guest.Load(Text, new Linker().DefineFunction("host", "call", (Func<int>)(() => throw thrown)));
        var seen = 0;
        var outside = Guest.Load(Text, new Linker().DefineFunction("host", "call", () =>
        {
            try
            {
                return inside.GetFunction<int>("run")();
            }
            finally
            {
                seen++;
            }
        }));
        Assert.Same(thrown, Record.Exception(() => outside.GetFunction<int>("run")()));
        Assert.Equal(1, seen);
    }

    [Theory]
    [InlineData("load", TrapKind.MemoryOutOfBounds)]
    [InlineData("divide", TrapKind.IntegerDivideByZero)]
    [InlineData("overflow", TrapKind.IntegerOverflow)]
    [InlineData("unreachable", TrapKind.Unreachable)]
    public void Trap_InAGuestCalledByAHost_PassesAllGuests(string export, TrapKind kind)
    {
        foreach (var engine in new[] { Guest.Guarded, Guest.Checked })
        {
            Instance? instance = null;
            TrapException? seen = null;
            instance = Guest.Load(Text, new Linker().DefineFunction("host", "call", () =>
            {
                try
                {
                    return instance!.GetFunction<int>(export)();
                }
                catch (TrapException e)
                {
                    seen = e;
                    throw;
                }
            }), engine);
            var trap = Assert.Throws<TrapException>(() => instance.GetFunction<int>("run")());
            Assert.Equal(kind, trap.Kind);
            Assert.Same(seen, trap);
            Assert.Equal(kind, Assert.Throws<TrapException>(() => instance.GetFunction<int>("caught")()).Kind);
        }
    }

    [Fact]
    public void Call_HostThrowsGuestException_GuestCatchesIt()
    {
        using var store = new Store(Guest.Default);
        var tag = new Tag(store, ValueType.I32);
        var linker = new Linker()
            .DefineFunction("host", "call", (Action)(() => throw new GuestException(tag, 42)));
        linker.Define("host", "tag", tag);
        var instance = linker.Instantiate(store, Module.CompileText(Guest.Default, """
            (module
              (import "host" "call" (func $call))
              (import "host" "tag" (tag $tag (param i32)))
              (func (export "run") (result i32)
                (block $caught (result i32) (try_table (catch $tag $caught) (call $call)) (i32.const 0)))
              (func (export "throw") (throw $tag (i32.const 5)))
              (func (export "pass") (call $call)))
            """));
        Assert.Equal(42, instance.GetFunction<int>("run")());
        Assert.Equal(5, Assert.Throws<GuestException>(instance.GetAction("throw")).Values[0].AsI32());
        Assert.Same(tag, Assert.Throws<GuestException>(instance.GetAction("pass")).Tag);
    }

    [Fact]
    public async Task Store_AfterExceptions_IsNotInUse()
    {
        var thrown = Activator.CreateInstance<NullReferenceException>();
        var instance = Guest.Load(Text, new Linker().DefineFunction("host", "call", (Func<int>)(() => throw thrown)));
        Assert.Throws<NullReferenceException>(() => instance.GetFunction<int>("run")());
        Assert.Throws<TrapException>(() => instance.GetFunction<int>("divide")());
        Assert.Throws<TrapException>(() => instance.GetFunction("load").Invoke());
        var other = await Task.Run(
            () => Record.Exception(() => instance.GetFunction<int>("unreachable")()), TestContext.Current.CancellationToken);
        Assert.IsType<TrapException>(other);
        instance.Store.Dispose();
    }

    /// <summary>Faults of host code that runs inside a guest's call are the host's, whatever address they have.</summary>
    [Fact]
    public void Call_HostDereferencesNull_IsNoTrap()
    {
        string? text = null;
        var instance = Guest.Load(Text, new Linker().DefineFunction("host", "call", () => text!.Length), Guest.Guarded);
        Assert.Throws<NullReferenceException>(() => instance.GetFunction<int>("caught")());
        var zero = 0;
        instance = Guest.Load(Text, new Linker().DefineFunction("host", "call", () => 1 / zero), Guest.Guarded);
        Assert.Throws<DivideByZeroException>(() => instance.GetFunction<int>("caught")());
    }
}
