using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Coffer.Instructions;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;

namespace Coffer.Compilation.Emitters;

/// <summary>The steps of instructions whose lane appears in them otherwise than as the last operand.</summary>
internal static class LaneIntrinsics
{
    private static readonly IntrinsicMethod Scalar32 = Plain(typeof(Vector128), "CreateScalarUnsafe", typeof(float));
    private static readonly IntrinsicMethod Scalar64 = Plain(typeof(Vector128), "CreateScalarUnsafe", typeof(double));
    private static readonly IntrinsicMethod InsertF32 = Insert<Sse41>(typeof(float), typeof(Vector128<float>));
    private static readonly IntrinsicMethod SetLower = Plain<Sse2>("MoveScalar", VF64, VF64);
    private static readonly IntrinsicMethod SetUpper = Plain<Sse2>("UnpackLow", VF64, VF64);
    private static readonly IntrinsicMethod Insert8 = Insert<Sse41>(typeof(byte), typeof(byte));
    private static readonly IntrinsicMethod Insert16 = Insert<Sse2>(typeof(ushort), typeof(ushort));
    private static readonly IntrinsicMethod Insert32 = Insert<Sse41>(typeof(uint), typeof(uint));
    private static readonly IntrinsicMethod Insert64 = Insert<Sse41.X64>(typeof(ulong), typeof(ulong));
    private static readonly IntrinsicMethod Extract8 = Generic("GetElement", typeof(byte));
    private static readonly IntrinsicMethod Extract16 = Generic("GetElement", typeof(ushort));
    private static readonly IntrinsicMethod Extract32 = Generic("GetElement", typeof(uint));
    private static readonly IntrinsicMethod Extract64 = Generic("GetElement", typeof(ulong));

    private static Type VF64 => typeof(Vector128<double>);

    /// <summary>
    /// The steps for an instruction whose operands are on the stack, an address as a pointer, but not its lane; null
    /// when the lane is to follow them.
    /// </summary>
    public static IntrinsicStep[]? Find(Opcode opcode, byte lane) => !Sse41.X64.IsSupported ? null : opcode switch
    {
        Opcode.F32x4ReplaceLane => [Scalar32, Number(lane << 4), InsertF32],
        Opcode.F64x2ReplaceLane => [Scalar64, lane == 0 ? SetLower : SetUpper],
        Opcode.V128Load8Lane => Load(ILOpCode.Ldind_u1, CilType.I32, Insert8, lane),
        Opcode.V128Load16Lane => Load(ILOpCode.Ldind_u2, CilType.I32, Insert16, lane),
        Opcode.V128Load32Lane => Load(ILOpCode.Ldind_i4, CilType.I32, Insert32, lane),
        Opcode.V128Load64Lane => Load(ILOpCode.Ldind_i8, CilType.I64, Insert64, lane),
        Opcode.V128Store8Lane => [Number(lane), Extract8, ILOpCode.Stind_i1],
        Opcode.V128Store16Lane => [Number(lane), Extract16, ILOpCode.Stind_i2],
        Opcode.V128Store32Lane => [Number(lane), Extract32, ILOpCode.Stind_i4],
        Opcode.V128Store64Lane => [Number(lane), Extract64, ILOpCode.Stind_i8],
        _ => null,
    };

    private static IntrinsicStep[] Load(ILOpCode load, CilType type, IntrinsicMethod insert, byte lane) =>
        [Take(1), load, Hold(type), Get(0), Held, Number(lane), insert];

    private static IntrinsicMethod Insert<T>(Type element, Type value) =>
        Plain<T>("Insert", typeof(Vector128<>).MakeGenericType(element), value, typeof(byte));
}
