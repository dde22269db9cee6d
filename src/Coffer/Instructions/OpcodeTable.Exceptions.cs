namespace Coffer.Instructions;

internal static partial class OpcodeTable
{
    // Exceptions, both encodings.
    private static readonly OpcodeInfo[] Exceptions =
    [
        Op(Opcode.Try, "try", Features.LegacyExceptions, ImmediateShape.Block, "*"),
        Op(Opcode.Catch, "catch", Features.LegacyExceptions, ImmediateShape.Tag, "*"),
        Op(Opcode.Throw, "throw", Features.Exceptions, ImmediateShape.Tag, "*"),
        Op(Opcode.Rethrow, "rethrow", Features.LegacyExceptions, ImmediateShape.Label, "*"),
        Op(Opcode.ThrowRef, "throw_ref", Features.Exceptions, ImmediateShape.None, "*"),
        Op(Opcode.Delegate, "delegate", Features.LegacyExceptions, ImmediateShape.Label, "*"),
        Op(Opcode.CatchAll, "catch_all", Features.LegacyExceptions, ImmediateShape.None, "*"),
        Op(Opcode.TryTable, "try_table", Features.Exceptions, ImmediateShape.TryTable, "*"),
    ];
}
