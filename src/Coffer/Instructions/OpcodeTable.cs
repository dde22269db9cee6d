using System.Collections.Frozen;

namespace Coffer.Instructions;

/// <summary>
/// The one table of instructions. Everything that depends on opcodes is driven by it: decoding, validation, printing,
/// parsing, the feature gate, the documentation.
/// </summary>
internal static partial class OpcodeTable
{
    /// <summary>Every instruction, in the order of the tables.</summary>
    public static IEnumerable<OpcodeInfo> All =>
        [.. Mvp, .. Bulk, .. References, .. Exceptions, .. Gc, .. Wide, .. Simd, .. Threads];

    /// <summary>The row of an opcode.</summary>
    public static OpcodeInfo Get(Opcode opcode) =>
        Find((byte)((uint)opcode >> 16), (uint)opcode & 0xFFFF) ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>The row of an unprefixed opcode (<paramref name="prefix"/> 0) or a prefixed one; null when there is none.</summary>
    public static OpcodeInfo? Find(byte prefix, uint code)
    {
        var slot = prefix == 0 ? 0 : prefix - 0xFA;
        var rows = CodeLookup.ByCode[slot];
        return code < (uint)rows.Length ? rows[code] : null;
    }

    /// <summary>The rows of all unprefixed opcodes, by their byte.</summary>
    public static ReadOnlySpan<OpcodeInfo?> Unprefixed => CodeLookup.ByCode[0];

    /// <summary>The row of a mnemonic; null when there is none.</summary>
    public static OpcodeInfo? Find(string mnemonic) => MnemonicLookup.ByMnemonic.GetValueOrDefault(mnemonic);

    private static OpcodeInfo Op(
        Opcode opcode, string mnemonic, Features feature, ImmediateShape immediates, string signature, int width = 0) =>
        new(opcode, mnemonic, feature, immediates, signature, width);

    // Nested, so that they are built after the tables of all files, and only when used.
    private static class CodeLookup
    {
        // [prefix slot][code]: slot 0 has the unprefixed opcodes, 1 to 4 those behind 0xFB to 0xFE.
        internal static readonly OpcodeInfo?[][] ByCode = Index();

        private static OpcodeInfo?[][] Index()
        {
            OpcodeInfo?[][] slots = [new OpcodeInfo?[256], new OpcodeInfo?[32], new OpcodeInfo?[32], new OpcodeInfo?[0x120], new OpcodeInfo?[0x50]];
            foreach (var row in All)
            {
                var prefix = (int)((uint)row.Opcode >> 16);
                slots[prefix == 0 ? 0 : prefix - 0xFA][(uint)row.Opcode & 0xFFFF] = row;
            }

            return slots;
        }
    }

    private static class MnemonicLookup
    {
        internal static readonly FrozenDictionary<string, OpcodeInfo> ByMnemonic =
            All.ToFrozenDictionary(row => row.Mnemonic, StringComparer.Ordinal);
    }
}
