using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Compilation.Emitters;

/// <summary>Structs, arrays, unboxed scalars and casts (specification, sections 4.6.4 to 4.6.6).</summary>
internal static class GcEmitter
{
    public static bool Emit(FunctionCompiler c, ref readonly Instruction instruction) => false;

    /// <summary>Replaces the reference on the stack by whether it is of a type.</summary>
    public static void EmitTest(FunctionCompiler c, HeapType heap, bool nullable) => throw new System.Diagnostics.UnreachableException();
}
