using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>
/// A function belongs to its store: another store's guest that called it would run with the stack limit and the memory
/// of a store that may be in use elsewhere, or disposed.
/// </summary>
public sealed class ForeignValueTests : IDisposable
{
    private const string Text = """
        (module
          (import "host" "get" (func $get (result funcref)))
          (table (export "table") 2 funcref)
          (global (export "global") (mut funcref) (ref.null func))
          (tag $tag (export "tag") (param funcref))
          (func (export "take") (param funcref))
          (func (export "get") (drop (call $get)))
          (func (export "keep") (param externref) (result externref) (local.get 0))
          (func (export "throw") (throw $tag (ref.null func))))
        """;

    private readonly Instance guest;
    private readonly Instance other;
    private FuncRef? returned;

    public ForeignValueTests()
    {
        var linker = new Linker().DefineFunction("host", "get", () => returned);
        guest = Guest.Load(Text, linker);
        other = Guest.Load(Text, linker);
    }

    public void Dispose()
    {
        guest.Store.Dispose();
        other.Store.Dispose();
    }

    private static void Refused(Action action) =>
        Assert.Contains("belongs to another store", Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);

    [Fact]
    public void FunctionOfAnotherStore_WhereverItIsGiven_IsRefused()
    {
        var foreign = other.GetFunction("take");
        Refused(() => guest.GetFunction("take").Invoke(Value.Reference(foreign)));
        Refused(() => guest.GetAction<FuncRef>("take")(foreign));
        Refused(() => guest.GetAction<object>("take")(foreign));
        Refused(() => guest.GetTable("table")[0] = Value.Reference(foreign));
        Refused(() => guest.GetTable("table").Grow(1, Value.Reference(foreign)));
        Refused(() => guest.GetGlobal("global").Value = Value.Reference(foreign));
        Refused(() => GC.KeepAlive(new Global(guest.Store, new GlobalType(ValueType.FuncRef, false), Value.Reference(foreign))));
        Refused(() => GC.KeepAlive(new Table(guest.Store, new TableType(ValueType.FuncRef, new Limits(1, null)), Value.Reference(foreign))));
        Refused(() => GC.KeepAlive(new GuestException((Tag)guest.Exports["tag"], Value.Reference(foreign))));
        returned = foreign;
        Assert.Contains(
            "another store", Assert.Throws<InvalidCastException>(guest.GetAction("get")).Message, StringComparison.Ordinal);
        returned = guest.GetFunction("take");
        guest.GetAction("get")();
    }

    [Fact]
    public void FunctionOfAnotherStore_AsExternRef_IsAnObjectLikeAnyOther()
    {
        var foreign = other.GetFunction("take");
        Assert.Same(foreign, guest.GetFunction<object, object>("keep")(foreign));
    }

    [Fact]
    public void Exception_OfAnotherStore_IsNoExnref()
    {
        var thrown = Assert.Throws<GuestException>(other.GetAction("throw"));
        Refused(() => GC.KeepAlive(new Global(
            guest.Store, new GlobalType(ValueType.Reference(HeapKind.Exn), false), Value.Reference(thrown))));
    }

    [Fact]
    public void Exception_ValuesThatDoNotFitTheTag_AreRefused()
    {
        var tag = new Tag(guest.Store, ValueType.I32, ValueType.FuncRef);
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new GuestException(tag)));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new GuestException(tag, 1)));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new GuestException(tag, 1L, Value.Reference(null))));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new GuestException(tag, 1, Value.Reference("text"))));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new GuestException(tag, 1, Value.Reference(null), 2)));
        var values = new[] { 1, Value.Reference(null) };
        var exception = new GuestException(tag, values);
        values[0] = 2;
        Assert.Equal(1, exception.Values[0].AsI32());
    }

    [Fact]
    public void Entities_ValuesOfAnotherType_AreRefusedAndChargeNothing()
    {
        using var store = new Store(Guest.Default, new StoreLimits { TableElements = 10 });
        var type = new TableType(ValueType.FuncRef, new Limits(10, null));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new Table(store, type, 5)));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new Table(store, type, Value.Reference("text"))));
        var table = new Table(store, type, Value.Reference(null));
        Assert.Throws<ArgumentException>(() => table[0] = Value.Reference("text"));
        Assert.Throws<ArgumentException>(() => table[0] = 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => table[10] = Value.Reference(null));
        Assert.Throws<ArgumentOutOfRangeException>(() => table[-1]);
        Assert.Equal(-1, table.Grow(1, Value.Reference(null)));
        Assert.Throws<ArgumentException>(() => GC.KeepAlive(new Global(store, new GlobalType(ValueType.I32, true), 5L)));
        var constant = new Global(store, new GlobalType(ValueType.I32, false), 5);
        Assert.Throws<InvalidOperationException>(() => constant.Value = 6);
    }
}
