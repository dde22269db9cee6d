using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>How a constant expression is evaluated: by its single instruction, or by an extra method of the image.</summary>
internal readonly record struct ConstantCode(ConstantValue Value, int Extra);

/// <summary>What compiling a module gives, and what its code needs when it runs.</summary>
/// <param name="Offsets">Which CIL came from which instruction.</param>
/// <param name="Constants">The constant expressions.</param>
/// <param name="GuardedMemories">For each memory: whether the code relies on faults for its bounds.</param>
internal sealed record CompiledModule(OffsetMap Offsets, ConstantCodes Constants, bool[] GuardedMemories)
{
    /// <summary>The CIL image; empty when the code is native, or the image in a file.</summary>
    public byte[] Image { get; init; } = [];

    /// <summary>The file of the CIL image, which need not be there once that is loaded; null when there is none.</summary>
    public string? ImageFile { get; init; }

    /// <summary>Which functions call which; null when the code is native.</summary>
    public CallGraph? Calls { get; init; }

    /// <summary>The classes of structs that the code names.</summary>
    public IReadOnlyCollection<StructLayout> Layouts { get; init; } = [];

    /// <summary>How many methods the JIT compiler would not optimize; see <see cref="JitLimits"/>.</summary>
    public int LargeBodies { get; init; }
}
