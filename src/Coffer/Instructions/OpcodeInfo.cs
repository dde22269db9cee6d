using Coffer.Types;

namespace Coffer.Instructions;

/// <summary>
/// One row of the opcode table: everything that the decoder, the text format, the feature gate and the validator need.
/// </summary>
/// <param name="Opcode">Name and number.</param>
/// <param name="Mnemonic">The name in the text format.</param>
/// <param name="Feature">The proposal that must be on; <see cref="Features.None"/> for WebAssembly 1.0.</param>
/// <param name="Immediates">What follows the opcode.</param>
/// <param name="Signature">
/// Operands and results as <c>"operands:results"</c>, one letter a value: <c>i</c> i32, <c>l</c> i64, <c>f</c> f32,
/// <c>d</c> f64, <c>v</c> v128, <c>a</c> the address type of the memory named by the immediate. <c>"*"</c> marks an
/// instruction whose type depends on more than that; it has a rule of its own in the validator.
/// </param>
/// <param name="Width">For memory accesses: the number of bytes accessed, which is also the natural alignment.</param>
internal sealed record OpcodeInfo(
    Opcode Opcode, string Mnemonic, Features Feature, ImmediateShape Immediates, string Signature, int Width)
{
    /// <summary>Whether the validator has a rule of its own for this instruction.</summary>
    public bool IsSpecial { get; } = Signature == "*";

    /// <summary>Whether this is an atomic access, whose alignment must be exactly natural.</summary>
    public bool IsAtomic => Feature == Features.Threads && Width > 0;

    /// <summary>The letters before the colon.</summary>
    public ReadOnlySpan<char> Operands => Signature.AsSpan(0, Signature.IndexOf(':'));

    /// <summary>The types of the operands; <see cref="ValueKind.Bottom"/> stands for the address type.</summary>
    public ValueKind[] OperandKinds { get; } = KindsOf(Signature, 0);

    /// <summary>The types of the results; <see cref="ValueKind.Bottom"/> stands for the address type.</summary>
    public ValueKind[] ResultKinds { get; } = KindsOf(Signature, 1);

    /// <summary>The natural alignment of an access as a power of two: its width.</summary>
    public int NaturalAlignment { get; } = Width switch
    {
        16 => 4,
        8 => 3,
        4 => 2,
        2 => 1,
        _ => 0,
    };

    private static ValueKind[] KindsOf(string signature, int part)
    {
        if (signature == "*") return [];
        var letters = signature.Split(':')[part];
        var kinds = new ValueKind[letters.Length];
        for (var i = 0; i < letters.Length; i++)
        {
            kinds[i] = letters[i] switch
            {
                'i' => ValueKind.I32,
                'l' => ValueKind.I64,
                'f' => ValueKind.F32,
                'd' => ValueKind.F64,
                'v' => ValueKind.V128,
                _ => ValueKind.Bottom,
            };
        }

        return kinds;
    }
}
