using Coffer.Instructions;

namespace Coffer.Validation;

/// <summary>Which instructions may occur in constant expressions (specification, section 3.4.14).</summary>
internal static class ConstantRules
{
    public static void Check(FunctionValidator validator, ref readonly Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const or Opcode.V128Const:
            case Opcode.RefNull or Opcode.RefFunc or Opcode.End:
            case Opcode.RefI31 or Opcode.StructNew or Opcode.StructNewDefault:
            case Opcode.ArrayNew or Opcode.ArrayNewDefault or Opcode.ArrayNewFixed:
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny:
                return;
            case Opcode.I32Add or Opcode.I32Sub or Opcode.I32Mul or Opcode.I64Add or Opcode.I64Sub or Opcode.I64Mul:
                if ((validator.Features & Features.ExtendedConstants) != 0) return;
                validator.Fail("constant expression required: arithmetic needs the feature ExtendedConstants, which is switched off");
                return;
            case Opcode.GlobalGet:
                CheckGlobal(validator, instruction.Index);
                return;
            default:
                validator.Fail("constant expression required");
                return;
        }
    }

    private static void CheckGlobal(FunctionValidator validator, uint index)
    {
        var global = validator.Global(index);

        // Before garbage collection, only imported globals could be read.
        if (index >= (uint)validator.Module.ImportedGlobals && (validator.Features & Features.Gc) == 0)
        {
            validator.Fail($"constant expression required: reading the module's own global {index} needs the feature Gc, which is switched off");
        }

        if (index >= (uint)validator.VisibleGlobals) validator.Fail($"unknown global {index}");
        if (global.IsMutable) validator.Fail("constant expression required");
    }
}
