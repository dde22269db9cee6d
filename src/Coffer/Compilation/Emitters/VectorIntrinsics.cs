using System.Runtime.Intrinsics;
using Coffer.Instructions;
using static Coffer.Compilation.Emitters.IntrinsicMethod;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Vector instructions that the compiler writes as intrinsics in place of a call to <c>VectorOps</c>, which they equal.
/// RyuJIT inlines nothing more into a method that has 512 locals, and a call that it may inline takes several: about
/// 150 such calls in one function, and none of them is inlined any more. An intrinsic takes none, is recognized
/// without inlining (which is why operators are used, and not the methods that call them), and compiles in half the
/// time. crossgen2 refuses every function that passes a vector to another assembly, so that one call would keep a
/// function from being compiled ahead of time. Instructions without a row for this processor remain calls.
/// </summary>
internal static partial class VectorIntrinsics
{
    private static Type I8 => typeof(sbyte);
    private static Type I16 => typeof(short);
    private static Type I32 => typeof(int);
    private static Type I64 => typeof(long);
    private static Type U8 => typeof(byte);
    private static Type U16 => typeof(ushort);
    private static Type U32 => typeof(uint);
    private static Type U64 => typeof(ulong);
    private static Type F32 => typeof(float);
    private static Type F64 => typeof(double);

    private static Type VI8 => typeof(Vector128<sbyte>);
    private static Type VI16 => typeof(Vector128<short>);
    private static Type VI32 => typeof(Vector128<int>);
    private static Type VI64 => typeof(Vector128<long>);
    private static Type VU8 => typeof(Vector128<byte>);
    private static Type VU16 => typeof(Vector128<ushort>);
    private static Type VU32 => typeof(Vector128<uint>);
    private static Type VF32 => typeof(Vector128<float>);
    private static Type VF64 => typeof(Vector128<double>);

    private static Vector128<byte> Zero => Vector128<byte>.Zero;
    private static Vector128<byte> Ones8 => Vector128.Create((byte)1);
    private static Vector128<byte> Ones16 => Vector128.Create((short)1).AsByte();

    /// <summary>
    /// The steps for an instruction whose operands are on the stack (an address as a pointer of the host), then its
    /// lane if it has one; null when it is to be a call.
    /// </summary>
    public static IntrinsicStep[]? Find(Opcode opcode) => Lookup.Rows.Find(opcode);

    private static VectorIntrinsic Op(Opcode opcode, params IntrinsicStep[] steps) => new(opcode, true, steps);

    private static VectorIntrinsic Op(Opcode opcode, bool isSupported, params IntrinsicStep[] steps) =>
        new(opcode, isSupported, steps);

    private static IntrinsicMethod Vector(string name, params Type[] parameters) =>
        Plain(typeof(Vector128), name, parameters);

    private readonly record struct VectorIntrinsic(Opcode Opcode, bool IsSupported, IntrinsicStep[] Steps);

    private static class Lookup
    {
        // Without vector instructions the platform's methods are ordinary code, and not all of it computes the same.
        internal static readonly OpcodeMap<IntrinsicStep[]> Rows = Map();

        private static OpcodeMap<IntrinsicStep[]> Map()
        {
            var map = new OpcodeMap<IntrinsicStep[]>();
            if (!Vector128.IsHardwareAccelerated) return map;
            foreach (var rows in (VectorIntrinsic[][])[Comparisons, Integers, Widening, Floats, Lanes])
            {
                foreach (var row in rows)
                {
                    if (row.IsSupported) map.Add(row.Opcode, row.Steps);
                }
            }

            return map;
        }
    }
}
