using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Structs (specification, section 4.6.5): objects of the classes of <see cref="StructLayout"/>.</summary>
internal static class StructEmitter
{
    // A header, a class and the type.
    private const int ObjectBytes = 24;

    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.StructNew:
                New(c, (int)instruction.Index);
                return true;
            case Opcode.StructNewDefault:
                NewDefault(c, (int)instruction.Index);
                return true;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU:
                Get(c, in instruction);
                return true;
            case Opcode.StructSet:
                Set(c, in instruction);
                return true;
            default:
                return false;
        }
    }

    private static StructLayout Layout(FunctionCompiler c, int type) => c.Fragment.LayoutOf(c.Module.Types[type]);

    private static FieldType Field(FunctionCompiler c, int type, int field) =>
        ((StructType)c.Module.Types[type].Composite).Fields[field];

    /// <summary>The constructor takes the fields as they lie on the stack; it narrows packed ones by storing them.</summary>
    private static void New(FunctionCompiler c, int type)
    {
        var layout = Layout(c, type);
        if (layout.HasFieldConstructor)
        {
            Charge(c, layout);
            GcEmitter.LoadType(c, type);
            c.Il.Op(ILOpCode.Newobj, c.Fragment.StructConstructor(layout, takesFields: true));
            return;
        }

        NewDefault(c, type);
        if (layout.Fields.Length > 0) FillFromStack(c, type, layout);
    }

    private static void NewDefault(FunctionCompiler c, int type)
    {
        var layout = Layout(c, type);
        Charge(c, layout);
        GcEmitter.LoadType(c, type);
        c.Il.Op(ILOpCode.Newobj, c.Fragment.StructConstructor(layout, takesFields: false));
    }

    private static void FillFromStack(FunctionCompiler c, int type, StructLayout layout)
    {
        var created = c.Temps.Take(CilType.Object);
        c.Il.StoreLocal(created);
        for (var i = layout.Fields.Length - 1; i >= 0; i--)
        {
            var value = c.Temps.Take(CilTypes.Of(Field(c, type, i).Type));
            c.Il.StoreLocal(value);
            c.Il.LoadLocal(created);
            c.Il.LoadLocal(value);
            c.Il.Op(ILOpCode.Stfld, c.Fragment.StructField(layout, i));
            c.Temps.Free(value);
        }

        c.Il.LoadLocal(created);
        c.Temps.Free(created);
    }

    private static void Charge(FunctionCompiler c, StructLayout layout)
    {
        var bytes = ObjectBytes;
        foreach (var letter in layout.Fields) bytes += letter is 'v' ? 16 : letter is 'l' or 'd' or 'r' ? 8 : letter is 'i' or 'f' ? 4 : 2;
        GcEmitter.LoadHeap(c);
        c.Il.LoadI8((bytes + 7) & ~7);
        c.Call(Members.Method(typeof(GuestHeap), nameof(GuestHeap.Charge)));
    }

    private static void Get(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var type = (int)instruction.Index;
        var index = (int)instruction.Index2;
        RequireNotNull(c, c.Consumed(0));
        c.Il.Op(ILOpCode.Ldfld, c.Fragment.StructField(Layout(c, type), index));
        GcEmitter.Extend(c, Field(c, type, index), instruction.Opcode != Opcode.StructGetU);
    }

    private static void Set(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var type = (int)instruction.Index;
        var index = (int)instruction.Index2;
        if (c.Consumed(1).IsNullable)
        {
            Span<byte> simple = stackalloc byte[16];
            var length = c.TakeSimple(simple);
            var value = -1;
            if (length == 0)
            {
                value = c.Temps.Take(CilTypes.Of(Field(c, type, index).Type));
                c.Il.StoreLocal(value);
            }

            RequireNotNull(c, c.Consumed(1));
            if (length > 0)
            {
                c.Il.Raw(simple[..length]);
            }
            else
            {
                c.Il.LoadLocal(value);
                c.Temps.Free(value);
            }
        }

        c.Il.Op(ILOpCode.Stfld, c.Fragment.StructField(Layout(c, type), index));
    }

    private static void RequireNotNull(FunctionCompiler c, ValueType reference)
    {
        if (reference.IsNullable) c.Call(Members.Method(typeof(StructOps), nameof(StructOps.NotNull)));
    }
}
