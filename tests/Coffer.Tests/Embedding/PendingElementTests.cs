using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>Functions of a table are made when they are read, which nobody can tell.</summary>
public sealed class PendingElementTests
{
    private const string Text = """
        (module
          (type $f (func (result i32)))
          (type $g (func (param i32)))
          (table (export "t") 8 20 funcref)
          (table $other (export "other") 8 funcref)
          (elem (i32.const 1) $one $two $one $wrong)
          (elem (table 0) (i32.const 6) funcref (ref.func $two) (ref.null func))
          (func $one (export "one") (type $f) (i32.const 1))
          (func $two (type $f) (i32.const 2))
          (func $wrong (type $g))
          (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
          (func (export "callOther") (param i32) (result i32) (call_indirect $other (type $f) (local.get 0)))
          (func (export "get") (param i32) (result funcref) (table.get 0 (local.get 0)))
          (func (export "set") (param i32) (table.set 0 (local.get 0) (ref.null func)))
          (func (export "fill") (table.fill 0 (i32.const 1) (ref.null func) (i32.const 2)))
          (func (export "copy") (table.copy $other 0 (i32.const 0) (i32.const 0) (i32.const 8)))
          (func (export "copyBack") (table.copy 0 $other (i32.const 0) (i32.const 0) (i32.const 8)))
          (func (export "grow") (result i32) (table.grow 0 (ref.null func) (i32.const 12))))
        """;

    private static int? Call(Instance instance, int index, string name = "call")
    {
        try
        {
            return instance.GetFunction<int, int>(name)(index);
        }
        catch (TrapException trap) when (trap.Kind == TrapKind.UninitializedElement)
        {
            return null;
        }
        catch (TrapException trap) when (trap.Kind == TrapKind.IndirectCallTypeMismatch)
        {
            return -1;
        }
    }

    private static int?[] CallAll(Instance instance, string name = "call") =>
        [.. Enumerable.Range(0, 8).Select(index => Call(instance, index, name))];

    [Fact]
    public void Call_EveryElement_FindsWhatTheModuleSays()
    {
        var instance = Guest.Load(Text);
        int?[] expected = [null, 1, 2, 1, -1, null, 2, null];
        Assert.Equal(expected, CallAll(instance));
        Assert.Equal(expected, CallAll(instance));
    }

    [Fact]
    public void Get_ByGuestAndHost_IsTheOneReferenceOfTheFunction()
    {
        var instance = Guest.Load(Text);
        var get = instance.GetFunction("get");
        var one = get.Invoke(Value.I32(1))[0].AsReference();
        Assert.Same(one, instance.GetTable("t")[3].AsReference());
        Assert.Same(one, instance.GetFunction("one"));
        Assert.Same(one, instance.Exports["one"]);
        Assert.Null(get.Invoke(Value.I32(0))[0].AsReference());
        Assert.Null(get.Invoke(Value.I32(7))[0].AsReference());
        Assert.Null(instance.GetTable("t")[5].AsReference());
    }

    [Fact]
    public void Set_Null_IsNotUndoneByReading()
    {
        var instance = Guest.Load(Text);
        instance.GetAction<int>("set")(2);
        Assert.Equal([null, 1, null, 1, -1, null, 2, null], CallAll(instance));
        instance.GetTable("t")[6] = Value.Reference(null);
        Assert.Equal([null, 1, null, 1, -1, null, null, null], CallAll(instance));
    }

    [Fact]
    public void SetFillCopyGrow_AsTheFirstDeed_KeepTheRest()
    {
        var byHost = Guest.Load(Text);
        byHost.GetTable("t")[1] = Value.Reference(null);
        Assert.Equal([null, null, 2, 1, -1, null, 2, null], CallAll(byHost));

        var filled = Guest.Load(Text);
        filled.GetAction("fill")();
        Assert.Equal([null, null, null, 1, -1, null, 2, null], CallAll(filled));

        var copied = Guest.Load(Text);
        copied.GetAction("copy")();
        Assert.Equal([null, 1, 2, 1, -1, null, 2, null], CallAll(copied, "callOther"));

        var emptied = Guest.Load(Text);
        emptied.GetAction("copyBack")();
        Assert.Equal(new int?[8], CallAll(emptied));

        var grown = Guest.Load(Text);
        Assert.Equal(8, grown.GetFunction<int>("grow")());
        Assert.Equal([null, 1, 2, 1, -1, null, 2, null], CallAll(grown));
        Assert.Null(Call(grown, 19));
    }

    [Fact]
    public void Table_Imported_IsReadByTheOtherModule()
    {
        var exporter = Guest.Load(Text);
        var linker = new Linker().DefineInstance("m", exporter);
        var importer = linker.Instantiate(exporter.Store, Module.CompileText(Guest.Default, """
            (module
              (import "m" "t" (table 8 funcref))
              (type $f (func (result i32)))
              (elem (i32.const 0) $three)
              (func $three (type $f) (i32.const 3))
              (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))
            """));
        Assert.Equal([3, 1, 2, 1, -1, null, 2, null], CallAll(importer));
        Assert.Equal([3, 1, 2, 1, -1, null, 2, null], CallAll(exporter));
    }

    [Fact]
    public void Segments_OutOfBounds_LeaveWhatCameBefore()
    {
        using var store = new Store(Guest.Default);
        var table = new Table(store, new TableType(ValueType.FuncRef, new Limits(4, null)), Value.Reference(null));
        var memory = new Memory(store, new MemoryType(new Limits(1, null)));
        var linker = new Linker().Define("m", "t", table).Define("m", "m", memory);
        var trap = Assert.Throws<TrapException>(() => linker.Instantiate(store, Module.CompileText(Guest.Default, """
            (module
              (import "m" "t" (table 4 funcref))
              (import "m" "m" (memory 1))
              (elem (i32.const 1) $f)
              (func $f (result i32) (i32.const 5))
              (data (i32.const 3) "first")
              (data (i32.const 65535) "too long"))
            """)));
        Assert.Equal(TrapKind.MemoryOutOfBounds, trap.Kind);
        Assert.Equal(5, ((FuncRef)table[1].AsReference()!).Invoke()[0].AsI32());
        Assert.Equal("first", memory.ReadUtf8(3, 5));
        Assert.Equal(0, memory.Read<byte>(65535));
    }

    [Fact]
    public void Segments_OwnMemoryOutOfBoundsAfterElements_AreSeenThroughTheTable()
    {
        using var store = new Store(Guest.Default);
        var table = new Table(store, new TableType(ValueType.FuncRef, new Limits(4, null)), Value.Reference(null));
        Assert.Throws<TrapException>(() => new Linker().Define("m", "t", table).Instantiate(store, Module.CompileText(Guest.Default, """
            (module
              (import "m" "t" (table 4 funcref))
              (memory 1)
              (elem (i32.const 1) $f)
              (elem (i32.const 4) $f)
              (func $f (result i32) (i32.load8_u (i32.const 3)))
              (data (i32.const 3) "x"))
            """)));
        Assert.Equal(0, ((FuncRef)table[1].AsReference()!).Invoke()[0].AsI32());
    }
}
