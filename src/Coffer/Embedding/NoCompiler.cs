namespace Coffer.Embedding;

/// <summary>What a program that was compiled to machine code as a whole cannot do.</summary>
internal static class NoCompiler
{
    /// <summary>The refusal of something for which code would have to be made at run time.</summary>
    public static NotSupportedException Refuse(string what) => new(
        $"This program has no compiler, and {what} is not among what was compiled with it: for each function that a module "
        + "imports, Action or Func of the platform with or without a Caller first; for each that it exports, Action or Func. "
        + "They are known once the module is loaded.");
}
