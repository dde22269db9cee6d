using System.Reflection;
using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Arrays (specification, section 4.6.6): calls of <see cref="ArrayOps"/>, most of which are inlined.</summary>
internal static class ArrayEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction) =>
        New(c, in instruction) || Access(c, in instruction) || Bulk(c, in instruction);

    private static bool New(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var type = (int)instruction.Index;
        switch (instruction.Opcode)
        {
            case Opcode.ArrayNew:
                LoadTypeAndHeap(c, type);
                Call(c, type, nameof(ArrayOps.New));
                return true;
            case Opcode.ArrayNewDefault:
                LoadTypeAndHeap(c, type);
                Call(c, type, nameof(ArrayOps.NewDefault));
                return true;
            case Opcode.ArrayNewFixed:
                NewFixed(c, type, (int)instruction.Index2);
                return true;
            case Opcode.ArrayNewData:
                LoadData(c, (int)instruction.Index2);
                LoadTypeAndHeap(c, type);
                Call(c, type, nameof(ArrayOps.NewData));
                return true;
            case Opcode.ArrayNewElem:
                LoadElements(c, (int)instruction.Index2);
                LoadTypeAndHeap(c, type);
                c.Call(Members.Method(typeof(ArrayOps), nameof(ArrayOps.NewElements)));
                return true;
            default:
                return false;
        }
    }

    private static bool Access(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var type = (int)instruction.Index;
        switch (instruction.Opcode)
        {
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU:
                Call(c, type, nameof(ArrayOps.Get));
                GcEmitter.Extend(c, Element(c, type), instruction.Opcode != Opcode.ArrayGetU);
                return true;
            case Opcode.ArraySet:
                Call(c, type, nameof(ArrayOps.Set));
                return true;
            case Opcode.ArrayLen:
                c.Call(Members.Method(typeof(ArrayOps), nameof(ArrayOps.Length)));
                return true;
            default:
                return false;
        }
    }

    private static bool Bulk(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var type = (int)instruction.Index;
        switch (instruction.Opcode)
        {
            case Opcode.ArrayFill:
                Call(c, type, nameof(ArrayOps.Fill));
                return true;
            case Opcode.ArrayCopy:
                Call(c, type, nameof(ArrayOps.Copy));
                return true;
            case Opcode.ArrayInitData:
                LoadData(c, (int)instruction.Index2);
                Call(c, type, nameof(ArrayOps.InitData));
                return true;
            case Opcode.ArrayInitElem:
                LoadElements(c, (int)instruction.Index2);
                c.Call(Members.Method(typeof(ArrayOps), nameof(ArrayOps.InitElements)));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The elements are on the stack, the last one on top.</summary>
    private static void NewFixed(FunctionCompiler c, int type, int count)
    {
        c.Il.LoadI4(count);
        LoadTypeAndHeap(c, type);
        Call(c, type, nameof(ArrayOps.NewDefault));
        if (count == 0) return;
        var array = c.Temps.Take(CilType.Object);
        var element = c.Temps.Take(CilTypes.Of(Element(c, type).Type));
        c.Il.StoreLocal(array);
        for (var i = count - 1; i >= 0; i--)
        {
            c.Il.StoreLocal(element);
            c.Il.LoadLocal(array);
            c.Il.LoadI4(i);
            c.Il.LoadLocal(element);
            Call(c, type, nameof(ArrayOps.Initialize));
        }

        c.Il.LoadLocal(array);
        c.Temps.Free(element);
        c.Temps.Free(array);
    }

    private static FieldType Element(FunctionCompiler c, int type) => ((ArrayType)c.Module.Types[type].Composite).Element;

    private static void LoadTypeAndHeap(FunctionCompiler c, int type)
    {
        GcEmitter.LoadType(c, type);
        GcEmitter.LoadHeap(c);
    }

    private static void LoadData(FunctionCompiler c, int segment)
    {
        GcEmitter.LoadElement(c, nameof(GuestInstance.Data), segment);
        c.Il.Op(ILOpCode.Ldelem, c.Fragment.Token(typeof(ReadOnlyMemory<byte>)));
    }

    private static void LoadElements(FunctionCompiler c, int segment)
    {
        GcEmitter.LoadElement(c, nameof(GuestInstance.Elements), segment);
        c.Il.Op(ILOpCode.Ldelem_ref);
    }

    private static void Call(FunctionCompiler c, int type, string name)
    {
        var storage = StorageShape.ClrType(StorageShape.Of(Element(c, type)));
        c.Call(((MethodInfo)Members.Method(typeof(ArrayOps), name)).MakeGenericMethod(storage));
    }
}
