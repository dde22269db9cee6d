using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Gc;

public sealed class StructLayoutTests
{
    // (sub (struct i8 i32)), (sub 0 (struct i8 i32 ref v128)), (sub 1, the same fields), (struct i8 i32 ref v128)
    private const string Chain =
        "04 50 00 5f 02 78 01 7f 01  50 01 00 5f 04 78 01 7f 01 6e 01 7b 01  50 01 01 5f 04 78 01 7f 01 6e 01 7b 01"
        + " 5f 04 78 01 7f 01 6e 01 7b 01";

    private readonly GcTypes types = new();
    private readonly StructLayoutRegistry registry = new(isCollectible: true);

    [Fact]
    public void Get_Subtype_DerivesFromTheClassOfItsSupertype()
    {
        var defined = types.Define(Chain);
        var root = registry.Get(defined[0]);
        var sub = registry.Get(defined[1]);

        Assert.Same(root.ClrType, sub.ClrType.BaseType);
        Assert.Same(typeof(StructObject), root.ClrType.BaseType);
        Assert.Equal("bi_rv", sub.Shape);
        Assert.Equal([typeof(sbyte), typeof(int), typeof(object), typeof(Vector128<byte>)],
            Enumerable.Range(0, 4).Select(i => sub.Field(i).FieldType));
        Assert.Same(root.ClrType, sub.Field(1).DeclaringType);
        Assert.Same(sub.ClrType, sub.Field(2).DeclaringType);
    }

    [Fact]
    public void Get_SubtypeWithoutNewFields_SharesTheClass()
    {
        var defined = types.Define(Chain);

        Assert.Same(registry.Get(defined[1]), registry.Get(defined[2]));
        Assert.NotSame(registry.Get(defined[1]), registry.Get(defined[3]));
    }

    [Fact]
    public void Get_EqualShapesOfDifferentTypes_ShareTheClass()
    {
        var defined = types.Define("02 5f 01 6e 00 5f 01 6d 01");

        Assert.NotSame(defined[0], defined[1]);
        Assert.Same(registry.Get(defined[0]), registry.Get(defined[1]));
    }

    [Fact]
    public void Constructors_Fields_StoredAndTyped()
    {
        var type = types.Define(Chain)[1];
        var layout = registry.Get(type);
        var vector = Vector128.Create((byte)9);

        var value = layout.FieldConstructor.Invoke([(sbyte)-1, 42, "x", vector, type]);
        var empty = layout.DefaultConstructor.Invoke([type]);

        Assert.Equal([(sbyte)-1, 42, "x", vector], Enumerable.Range(0, 4).Select(i => layout.Field(i).GetValue(value)));
        Assert.Equal([(sbyte)0, 0, null, default(Vector128<byte>)], Enumerable.Range(0, 4).Select(i => layout.Field(i).GetValue(empty)));
        Assert.Same(type, ((GcObject)value).Type);
        Assert.Same(type, ((GcObject)empty).Type);
    }

    [Fact]
    public void Constructors_EveryStorage_RoundTrips()
    {
        var type = types.Define("01 5f 08 78 01 77 01 7f 01 7e 01 7d 01 7c 01 7b 01 6f 01")[0];
        var layout = registry.Get(type);
        object?[] values = [sbyte.MinValue, short.MinValue, int.MinValue, long.MinValue, 1.5f, 2.5, Vector128.Create(3, 4).AsByte(), this];

        var value = layout.FieldConstructor.Invoke([.. values, type]);

        Assert.Equal(values, Enumerable.Range(0, 8).Select(i => layout.Field(i).GetValue(value)));
    }

    [Fact]
    public void Get_NoFields_HasAClass()
    {
        var type = types.Define("01 5f 00")[0];
        var layout = registry.Get(type);

        Assert.False(layout.HasFieldConstructor);
        Assert.IsType<StructObject>(layout.DefaultConstructor.Invoke([type]), exactMatch: false);
    }

    [Fact]
    public void Get_MostFieldsAllowed_HasAClass()
    {
        var fields = string.Concat(Enumerable.Repeat("7f00", 10_000));
        var type = types.Define("01 5f 90 4e " + fields)[0];
        var layout = registry.Get(type);

        Assert.True(layout.AssemblyName.Length < 100);
        Assert.Equal(typeof(int), layout.Field(9_999).FieldType);
    }

    [Fact]
    public void Get_DeepChain_HasAClass()
    {
        // Each type adds one field to the one before.
        var section = "40 50 00 5f 01 7f 00" + string.Concat(Enumerable.Range(1, 63).Select(
            i => $"50 01 {i - 1:x2} 5f {i + 1:x2} {string.Concat(Enumerable.Repeat("7f00", i + 1))}"));
        var defined = types.Define(section);
        var layout = registry.Get(defined[63]);

        Assert.Equal(64, layout.Fields.Length);
        Assert.True(layout.HasFieldConstructor);
        var value = layout.FieldConstructor.Invoke([.. Enumerable.Range(0, 64).Cast<object>(), defined[63]]);
        Assert.Equal(63, layout.Field(63).GetValue(value));
        Assert.Equal(0, layout.Field(0).GetValue(value));
    }

    [Fact]
    public void Find_AssemblyName_TheLayout()
    {
        var type = types.Define(Chain)[1];
        var layout = registry.Get(type);

        Assert.Same(layout, registry.Find(layout.AssemblyName));
        Assert.Equal(layout.AssemblyName, layout.ClrType.Assembly.GetName().Name);
        Assert.Null(registry.Find("Coffer.Layout.lll"));
        GC.KeepAlive(type);
    }

    [Fact]
    public void AssemblyName_SameShapeInAnotherEngine_IsTheSame()
    {
        var here = registry.Get(types.Define(Chain)[1]);
        var there = new StructLayoutRegistry(isCollectible: false).Get(new GcTypes().Define(Chain)[1]);

        Assert.Equal(here.AssemblyName, there.AssemblyName);
        Assert.True(here.ClrType.IsCollectible);
        Assert.False(there.ClrType.IsCollectible);
    }

    [Fact]
    public void Fields_FromCode_LoadAndStore()
    {
        var type = types.Define(Chain)[1];
        var layout = registry.Get(type);
        var method = new DynamicMethod("increment", typeof(int), [typeof(object)], typeof(StructLayoutTests).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, layout.Field(1));
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stfld, layout.Field(1));
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, layout.Field(1));
        il.Emit(OpCodes.Ret);
        var increment = method.CreateDelegate<Func<object, int>>();
        var value = layout.DefaultConstructor.Invoke([type]);

        increment(value);

        Assert.Equal(2, increment(value));
    }

    [Fact]
    public void Get_DroppedType_ClassIsUnloaded()
    {
        var dropped = MakeAndDrop();
        for (var i = 0; i < 20 && dropped.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(dropped.IsAlive);
    }

    [Fact]
    public void Get_ObjectAliveTypeAndLayoutDropped_SameClassAgain()
    {
        var value = MakeAndKeepObject();
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var type = types.Define("01 5f 03 7c 01 7d 01 7c 01")[0];
        var layout = registry.Get(type);
        Assert.Same(value.GetType(), layout.ClrType);

        // Code of the class that was never compiled before still finds what it refers to.
        Assert.Same(type, ((GcObject)layout.FieldConstructor.Invoke([1.0, 2f, 3.0, type])).Type);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference MakeAndDrop() => new(registry.Get(new GcTypes().Define("01 5f 03 7d 01 7d 01 7c 01")[0]).ClrType);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private object MakeAndKeepObject()
    {
        var type = types.Define("01 5f 03 7c 01 7d 01 7c 01")[0];
        return registry.Get(type).DefaultConstructor.Invoke([type]);
    }
}
