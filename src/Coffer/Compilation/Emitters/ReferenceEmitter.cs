using System.Reflection.Metadata;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;

namespace Coffer.Compilation.Emitters;

/// <summary>References (specification, section 4.6.4).</summary>
internal static class ReferenceEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.RefNull:
                c.Il.Op(ILOpCode.Ldnull);
                return true;
            case Opcode.RefIsNull:
                c.Il.Op(ILOpCode.Ldnull);
                c.Il.Op(ILOpCode.Ceq);
                return true;
            case Opcode.RefFunc:
                c.LoadInstance();
                c.Il.LoadI4((int)instruction.Index);
                c.Call(Members.Method(typeof(GuestInstance), nameof(GuestInstance.Function)));
                return true;
            case Opcode.RefAsNonNull:
                c.Call(Members.Method(typeof(TableOps), nameof(TableOps.NonNull)));
                return true;
            default:
                return false;
        }
    }
}
