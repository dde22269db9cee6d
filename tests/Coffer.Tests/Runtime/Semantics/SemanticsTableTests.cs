using System.Reflection;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

/// <summary>The compiler finds a method by the name of the opcode: so every one must be there, with its signature.</summary>
public sealed class SemanticsTableTests
{
    private static readonly Type[] Scalar = [typeof(IntegerOps), typeof(FloatOps), typeof(Conversions), typeof(WideOps)];

    // Numeric instructions that are one CIL instruction, or two, or a comparison.
    private static readonly string[] PlainCil =
        ["Add", "Sub", "Mul", "Div", "And", "Or", "Xor", "Eqz", "Eq", "Ne", "WrapI64", "ExtendI32S", "ExtendI32U",
            "LtS", "LtU", "GtS", "GtU", "LeS", "LeU", "GeS", "GeU", "Lt", "Gt", "Le", "Ge"];

    public static TheoryData<string> VectorOpcodes => [.. OpcodeTable.All
        .Where(row => row.Feature is Features.Simd or Features.RelaxedSimd && row.Opcode != Opcode.V128Const)
        .Select(row => row.Opcode.ToString())];

    public static TheoryData<string> ScalarOpcodes => [.. OpcodeTable.All.Where(IsNumeric).Select(row => row.Opcode.ToString())];

    [Theory]
    [MemberData(nameof(VectorOpcodes))]
    public void VectorOps_EveryOpcode_HasAMethodWithItsSignature(string opcode) =>
        CheckSignature(Enum.Parse<Opcode>(opcode), typeof(VectorOps).GetMethod(opcode));

    [Theory]
    [MemberData(nameof(ScalarOpcodes))]
    public void ScalarOps_EveryNumericOpcode_HasAMethodWithItsSignature(string opcode) =>
        CheckSignature(Enum.Parse<Opcode>(opcode), Scalar.Select(type => type.GetMethod(opcode)).SingleOrDefault(method => method is not null));

    private static bool IsNumeric(OpcodeInfo row) =>
        row.Immediates == ImmediateShape.None && !row.IsSpecial && row.Signature.Length > 2
        && row.Signature.IndexOfAny(['v', 'a']) < 0
        && row.Opcode.ToString()[0] is 'I' or 'F'
        && !PlainCil.Contains(row.Opcode.ToString()[3..]);

    private static void CheckSignature(Opcode opcode, MethodInfo? method)
    {
        Assert.NotNull(method);
        var row = OpcodeTable.Get(opcode);
        var operands = row.Operands.ToArray().Select(TypeOf).ToList();
        if (row.Immediates is ImmediateShape.Lane or ImmediateShape.MemoryArgumentLane)
            operands.Add(typeof(byte));
        if (row.Immediates == ImmediateShape.Shuffle)
            operands.Add(typeof(V128));
        Assert.Equal(operands, method.GetParameters().Select(parameter => parameter.ParameterType));
        Type[] results = [.. row.Signature.Split(':')[1].Select(TypeOf)];
        Assert.Equal(
            results.Length switch { 0 => typeof(void), 1 => results[0], _ => typeof(ValueTuple<long, long>) },
            method.ReturnType);
    }

    private static unsafe Type TypeOf(char letter) => letter switch
    {
        'i' => typeof(int),
        'l' => typeof(long),
        'f' => typeof(float),
        'd' => typeof(double),
        'v' => typeof(V128),
        'a' => typeof(byte*),
        _ => throw new ArgumentOutOfRangeException(nameof(letter)),
    };
}
