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
    public static OpcodeInfo Get(Opcode opcode) => CodeLookup.ByCode.Find(opcode) ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>The row of an unprefixed opcode (<paramref name="prefix"/> 0) or a prefixed one; null when there is none.</summary>
    public static OpcodeInfo? Find(byte prefix, uint code) => CodeLookup.ByCode.Find(prefix, code);

    /// <summary>The rows of all unprefixed opcodes, by their byte.</summary>
    public static ReadOnlySpan<OpcodeInfo?> Unprefixed => CodeLookup.ByCode.Unprefixed;

    /// <summary>The row of a mnemonic; null when there is none.</summary>
    public static OpcodeInfo? Find(string mnemonic) => MnemonicLookup.ByMnemonic.GetValueOrDefault(mnemonic);

    private static OpcodeInfo Op(
        Opcode opcode, string mnemonic, Features feature, ImmediateShape immediates, string signature, int width = 0) =>
        new(opcode, mnemonic, feature, immediates, signature, width);

    // Nested, so that they are built after the tables of all files, and only when used.
    private static class CodeLookup
    {
        internal static readonly OpcodeMap<OpcodeInfo> ByCode = Index();

        private static OpcodeMap<OpcodeInfo> Index()
        {
            var map = new OpcodeMap<OpcodeInfo>();
            foreach (var row in All) map.Add(row.Opcode, row);
            return map;
        }
    }

    private static class MnemonicLookup
    {
        internal static readonly FrozenDictionary<string, OpcodeInfo> ByMnemonic =
            All.ToFrozenDictionary(row => row.Mnemonic, StringComparer.Ordinal);
    }
}
