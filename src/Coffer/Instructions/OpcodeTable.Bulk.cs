namespace Coffer.Instructions;

internal static partial class OpcodeTable
{
    // 0xFC: saturating conversions, bulk memory and table operations.
    private static readonly OpcodeInfo[] Bulk =
    [
        Op(Opcode.I32TruncSatF32S, "i32.trunc_sat_f32_s", Features.SaturatingConversions, ImmediateShape.None, "f:i"),
        Op(Opcode.I32TruncSatF32U, "i32.trunc_sat_f32_u", Features.SaturatingConversions, ImmediateShape.None, "f:i"),
        Op(Opcode.I32TruncSatF64S, "i32.trunc_sat_f64_s", Features.SaturatingConversions, ImmediateShape.None, "d:i"),
        Op(Opcode.I32TruncSatF64U, "i32.trunc_sat_f64_u", Features.SaturatingConversions, ImmediateShape.None, "d:i"),
        Op(Opcode.I64TruncSatF32S, "i64.trunc_sat_f32_s", Features.SaturatingConversions, ImmediateShape.None, "f:l"),
        Op(Opcode.I64TruncSatF32U, "i64.trunc_sat_f32_u", Features.SaturatingConversions, ImmediateShape.None, "f:l"),
        Op(Opcode.I64TruncSatF64S, "i64.trunc_sat_f64_s", Features.SaturatingConversions, ImmediateShape.None, "d:l"),
        Op(Opcode.I64TruncSatF64U, "i64.trunc_sat_f64_u", Features.SaturatingConversions, ImmediateShape.None, "d:l"),
        Op(Opcode.MemoryInit, "memory.init", Features.BulkMemory, ImmediateShape.DataMemory, "*"),
        Op(Opcode.DataDrop, "data.drop", Features.BulkMemory, ImmediateShape.Data, ":"),
        Op(Opcode.MemoryCopy, "memory.copy", Features.BulkMemory, ImmediateShape.MemoryMemory, "*"),
        Op(Opcode.MemoryFill, "memory.fill", Features.BulkMemory, ImmediateShape.Memory, "*"),
        Op(Opcode.TableInit, "table.init", Features.BulkMemory, ImmediateShape.ElementTable, "*"),
        Op(Opcode.ElemDrop, "elem.drop", Features.BulkMemory, ImmediateShape.Element, ":"),
        Op(Opcode.TableCopy, "table.copy", Features.BulkMemory, ImmediateShape.TableTable, "*"),
        Op(Opcode.TableGrow, "table.grow", Features.ReferenceTypes, ImmediateShape.Table, "*"),
        Op(Opcode.TableSize, "table.size", Features.ReferenceTypes, ImmediateShape.Table, "*"),
        Op(Opcode.TableFill, "table.fill", Features.ReferenceTypes, ImmediateShape.Table, "*"),
    ];
}
