using System.Reflection.Metadata;
using System.Runtime.Intrinsics;

namespace Coffer.Compilation.Emitters;

/// <summary>What one <see cref="IntrinsicStep"/> emits.</summary>
internal enum IntrinsicStepKind
{
    /// <summary>A call of <see cref="IntrinsicStep.Method"/>.</summary>
    Call,
    /// <summary>The vector <see cref="IntrinsicStep.Constant"/>.</summary>
    Constant,
    /// <summary>The number <see cref="IntrinsicStep.Index"/>.</summary>
    Number,
    /// <summary>The CIL instruction <see cref="IntrinsicStep.Code"/>, which has no operand.</summary>
    Cil,
    /// <summary>
    /// The <see cref="IntrinsicStep.Index"/> topmost vectors go to as many scratch locals, numbered from the deepest.
    /// </summary>
    Take,
    /// <summary>The vector in the scratch local <see cref="IntrinsicStep.Index"/>.</summary>
    Get,
    /// <summary>The topmost number steps aside; its <see cref="CilType"/> is <see cref="IntrinsicStep.Index"/>.</summary>
    Hold,
    /// <summary>The number that stepped aside.</summary>
    Held,
}

/// <summary>
/// A step of a sequence that leaves the result of an instruction on the evaluation stack where its operands were. The
/// stack holds every vector as <c>Vector128&lt;byte&gt;</c>: RyuJIT asks only for the size, so nothing is cast.
/// </summary>
internal readonly record struct IntrinsicStep(
    IntrinsicStepKind Kind, IntrinsicMethod? Method, Vector128<byte> Constant, ILOpCode Code, int Index)
{
    public static implicit operator IntrinsicStep(IntrinsicMethod method) =>
        new(IntrinsicStepKind.Call, method, default, default, 0);

    public static implicit operator IntrinsicStep(ILOpCode code) =>
        new(IntrinsicStepKind.Cil, null, default, code, 0);

    public static implicit operator IntrinsicStep(Vector128<byte> constant) =>
        new(IntrinsicStepKind.Constant, null, constant, default, 0);

    public static IntrinsicStep Number(int number) => new(IntrinsicStepKind.Number, null, default, default, number);

    public static IntrinsicStep Take(int count) => new(IntrinsicStepKind.Take, null, default, default, count);

    public static IntrinsicStep Hold(CilType type) => new(IntrinsicStepKind.Hold, null, default, default, (int)type);

    public static IntrinsicStep Held => new(IntrinsicStepKind.Held, null, default, default, 0);

    public static IntrinsicStep Get(int index) => new(IntrinsicStepKind.Get, null, default, default, index);
}
