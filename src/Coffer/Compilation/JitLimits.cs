namespace Coffer.Compilation;

/// <summary>
/// From what size on RyuJIT gives up optimizing a method when it compiles at run time (its MinOpts). It counts CIL bytes,
/// instructions, blocks and locals; the limits here are somewhat below its own, because what it counts after inlining
/// is not known before.
/// </summary>
internal static class JitLimits
{
    /// <summary>
    /// The bytes of a function's body from which on it is written with few blocks, and nothing in it twice: RyuJIT does not optimize
    /// methods with more than 2,000 blocks.
    /// </summary>
    public const int LargeBody = 4000;

    private const int CodeBytes = 40_000, Locals = 1_800;

    public static bool Exceeds(int codeBytes, int locals) => codeBytes > CodeBytes || locals > Locals;
}
