using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Coffer.Translator;

/// <summary>
/// The types whose members translated code names. The engine finds those by reflection, for which the compiler of this program must be
/// told to keep them. A test translates every instruction, here and in a process with a runtime, and compares.
/// </summary>
internal static class ReflectedMembers
{
    /// <summary>Does nothing, but what is said of it here.</summary>
    [DynamicDependency(All, typeof(GuestInstance))]
    [DynamicDependency(All, typeof(FunctionContext))]
    [DynamicDependency(All, typeof(FuelTank))]
    [DynamicDependency(All, typeof(LinearMemory))]
    [DynamicDependency(All, typeof(Global))]
    [DynamicDependency(All, typeof(Table))]
    [DynamicDependency(All, typeof(Tag))]
    [DynamicDependency(All, typeof(FuncRef))]
    [DynamicDependency(All, typeof(GuestException))]
    [DynamicDependency(All, typeof(DefinedType))]
    [DynamicDependency(All, typeof(Casting))]
    [DynamicDependency(All, typeof(CastOps))]
    [DynamicDependency(All, typeof(I31Object))]
    [DynamicDependency(All, typeof(GuestHeap))]
    [DynamicDependency(All, typeof(Trap))]
    [DynamicDependency(All, typeof(AtomicOps))]
    [DynamicDependency(All, typeof(Conversions))]
    [DynamicDependency(All, typeof(ExceptionOps))]
    [DynamicDependency(All, typeof(FloatOps))]
    [DynamicDependency(All, typeof(IntegerOps))]
    [DynamicDependency(All, typeof(MemoryAccess))]
    [DynamicDependency(All, typeof(MemoryOps))]
    [DynamicDependency(All, typeof(ResultOps))]
    [DynamicDependency(All, typeof(TableOps))]
    [DynamicDependency(All, typeof(VectorOps))]
    [DynamicDependency(All, typeof(WideOps))]
    [DynamicDependency(PublicFields, typeof(Opcode))]
    [DynamicDependency(PublicConstructors, typeof(object))]
    [DynamicDependency(PublicMethods, typeof(Math))]
    [DynamicDependency(PublicMethods, typeof(MathF))]
    [DynamicDependency(PublicMethods, typeof(BitConverter))]
    [DynamicDependency(PublicMethods, typeof(BitOperations))]
    [DynamicDependency(PublicMethods, typeof(Vector128))]
    [DynamicDependency(PublicMethods, typeof(Vector128<>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<sbyte>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<byte>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<short>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<ushort>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<int>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<uint>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<long>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<ulong>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<float>))]
    [DynamicDependency(PublicMethods, typeof(Vector128<double>))]
    [DynamicDependency(PublicMethods, typeof(Sse))]
    [DynamicDependency(PublicMethods, typeof(Sse2))]
    [DynamicDependency(PublicMethods, typeof(Sse2.X64))]
    [DynamicDependency(PublicMethods, typeof(Ssse3))]
    [DynamicDependency(PublicMethods, typeof(Sse41))]
    [DynamicDependency(PublicMethods, typeof(Sse41.X64))]
    [DynamicDependency(PublicMethods, typeof(Fma))]
    [DynamicDependency(PublicMethods, typeof(Avx512F.VL))]
    [DynamicDependency(All, typeof(ValueTuple<,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,,,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,,,,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,,,,,>))]
    [DynamicDependency(All, typeof(ValueTuple<,,,,,,,>))]
    public static void Keep()
    {
    }
}
