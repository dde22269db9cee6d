namespace Coffer.Instructions;

internal static partial class OpcodeTable
{
    // Wide arithmetic.
    private static readonly OpcodeInfo[] Wide =
    [
        Op(Opcode.I64Add128, "i64.add128", Features.WideArithmetic, ImmediateShape.None, "llll:ll"),
        Op(Opcode.I64Sub128, "i64.sub128", Features.WideArithmetic, ImmediateShape.None, "llll:ll"),
        Op(Opcode.I64MulWideS, "i64.mul_wide_s", Features.WideArithmetic, ImmediateShape.None, "ll:ll"),
        Op(Opcode.I64MulWideU, "i64.mul_wide_u", Features.WideArithmetic, ImmediateShape.None, "ll:ll"),
    ];
}
