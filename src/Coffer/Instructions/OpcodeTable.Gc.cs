namespace Coffer.Instructions;

internal static partial class OpcodeTable
{
    // Garbage collection.
    private static readonly OpcodeInfo[] Gc =
    [
        Op(Opcode.RefEq, "ref.eq", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.StructNew, "struct.new", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.StructNewDefault, "struct.new_default", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.StructGet, "struct.get", Features.Gc, ImmediateShape.TypeField, "*"),
        Op(Opcode.StructGetS, "struct.get_s", Features.Gc, ImmediateShape.TypeField, "*"),
        Op(Opcode.StructGetU, "struct.get_u", Features.Gc, ImmediateShape.TypeField, "*"),
        Op(Opcode.StructSet, "struct.set", Features.Gc, ImmediateShape.TypeField, "*"),
        Op(Opcode.ArrayNew, "array.new", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayNewDefault, "array.new_default", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayNewFixed, "array.new_fixed", Features.Gc, ImmediateShape.TypeCount, "*"),
        Op(Opcode.ArrayNewData, "array.new_data", Features.Gc, ImmediateShape.TypeData, "*"),
        Op(Opcode.ArrayNewElem, "array.new_elem", Features.Gc, ImmediateShape.TypeElement, "*"),
        Op(Opcode.ArrayGet, "array.get", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayGetS, "array.get_s", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayGetU, "array.get_u", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArraySet, "array.set", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayLen, "array.len", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.ArrayFill, "array.fill", Features.Gc, ImmediateShape.Type, "*"),
        Op(Opcode.ArrayCopy, "array.copy", Features.Gc, ImmediateShape.TypeType, "*"),
        Op(Opcode.ArrayInitData, "array.init_data", Features.Gc, ImmediateShape.TypeData, "*"),
        Op(Opcode.ArrayInitElem, "array.init_elem", Features.Gc, ImmediateShape.TypeElement, "*"),
        Op(Opcode.RefTest, "ref.test", Features.Gc, ImmediateShape.Heap, "*"),
        Op(Opcode.RefTestNull, "ref.test null", Features.Gc, ImmediateShape.Heap, "*"),
        Op(Opcode.RefCast, "ref.cast", Features.Gc, ImmediateShape.Heap, "*"),
        Op(Opcode.RefCastNull, "ref.cast null", Features.Gc, ImmediateShape.Heap, "*"),
        Op(Opcode.BrOnCast, "br_on_cast", Features.Gc, ImmediateShape.BranchOnCast, "*"),
        Op(Opcode.BrOnCastFail, "br_on_cast_fail", Features.Gc, ImmediateShape.BranchOnCast, "*"),
        Op(Opcode.AnyConvertExtern, "any.convert_extern", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.ExternConvertAny, "extern.convert_any", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.RefI31, "ref.i31", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.I31GetS, "i31.get_s", Features.Gc, ImmediateShape.None, "*"),
        Op(Opcode.I31GetU, "i31.get_u", Features.Gc, ImmediateShape.None, "*"),
    ];
}
