namespace Coffer.Instructions;

internal static partial class OpcodeTable
{
    // Reference types and typed function references.
    private static readonly OpcodeInfo[] References =
    [
        Op(Opcode.SelectTyped, "select (result)", Features.ReferenceTypes, ImmediateShape.SelectTypes, "*"),
        Op(Opcode.TableGet, "table.get", Features.ReferenceTypes, ImmediateShape.Table, "*"),
        Op(Opcode.TableSet, "table.set", Features.ReferenceTypes, ImmediateShape.Table, "*"),
        Op(Opcode.RefNull, "ref.null", Features.ReferenceTypes, ImmediateShape.Heap, "*"),
        Op(Opcode.RefIsNull, "ref.is_null", Features.ReferenceTypes, ImmediateShape.None, "*"),
        Op(Opcode.RefFunc, "ref.func", Features.ReferenceTypes, ImmediateShape.Function, "*"),
        Op(Opcode.CallRef, "call_ref", Features.FunctionReferences, ImmediateShape.Type, "*"),
        Op(Opcode.ReturnCallRef, "return_call_ref", Features.FunctionReferences, ImmediateShape.Type, "*"),
        Op(Opcode.RefAsNonNull, "ref.as_non_null", Features.FunctionReferences, ImmediateShape.None, "*"),
        Op(Opcode.BrOnNull, "br_on_null", Features.FunctionReferences, ImmediateShape.Label, "*"),
        Op(Opcode.BrOnNonNull, "br_on_non_null", Features.FunctionReferences, ImmediateShape.Label, "*"),
    ];
}
