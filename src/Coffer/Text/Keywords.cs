using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>The words of the text format.</summary>
internal static class Keywords
{
    // Everything that is not an instruction or a type. A word that is in no table is an "unknown operator".
    private const string Structure =
        "module type rec sub final func struct field array mut param result local start import export item table "
        + "memory global tag elem data offset declare shared pagesize then else end do "
        + "catch catch_ref catch_all catch_all_ref delegate "
        + "binary quote definition instance register invoke get thread wait either null i8 i16 i8x16 i16x8 i32x4 i64x2 "
        + "f32x4 f64x2 assert_return assert_trap assert_exhaustion assert_malformed assert_invalid assert_unlinkable "
        + "assert_exception assert_suspension assert_malformed_custom assert_invalid_custom "
        + "nan:canonical nan:arithmetic ref ref.extern ref.host ref.any ref.struct ref.array ref.exn";

    private const string ReferenceTypes =
        "anyref eqref i31ref structref arrayref nullref funcref nullfuncref externref nullexternref exnref nullexnref";

    private static readonly Dictionary<byte[], OpcodeInfo> Instructions = OpcodeTable.All
        .Where(row => !row.Mnemonic.Contains(' '))
        .ToDictionary(row => System.Text.Encoding.ASCII.GetBytes(row.Mnemonic), ByteStringComparer.Instance);

    private static readonly Dictionary<byte[], HeapKind> HeapTypes = Table(
        "any eq i31 struct array none func nofunc extern noextern exn noexn",
        [
            HeapKind.Any, HeapKind.Eq, HeapKind.I31, HeapKind.Struct, HeapKind.Array, HeapKind.None, HeapKind.Func,
            HeapKind.NoFunc, HeapKind.Extern, HeapKind.NoExtern, HeapKind.Exn, HeapKind.NoExn,
        ]);

    // The codes of the types that the binary format writes as one byte.
    private static readonly Dictionary<byte[], byte> ValueTypes = Table<byte>(
        "i32 i64 f32 f64 v128 " + ReferenceTypes,
        [
            (byte)ValueKind.I32, (byte)ValueKind.I64, (byte)ValueKind.F32, (byte)ValueKind.F64, (byte)ValueKind.V128,
            (byte)HeapKind.Any, (byte)HeapKind.Eq, (byte)HeapKind.I31, (byte)HeapKind.Struct, (byte)HeapKind.Array,
            (byte)HeapKind.None, (byte)HeapKind.Func, (byte)HeapKind.NoFunc, (byte)HeapKind.Extern,
            (byte)HeapKind.NoExtern, (byte)HeapKind.Exn, (byte)HeapKind.NoExn,
        ]);

    private static readonly HashSet<byte[]> Others =
        Structure.Split(' ').Select(System.Text.Encoding.ASCII.GetBytes).ToHashSet(ByteStringComparer.Instance);

    /// <summary>The instruction of a mnemonic; null when there is none.</summary>
    public static OpcodeInfo? FindInstruction(ReadOnlySpan<byte> word) =>
        Instructions.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out var row) ? row : null;

    public static bool TryFindHeapType(ReadOnlySpan<byte> word, out HeapKind kind) =>
        HeapTypes.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out kind);

    /// <summary>The one-byte code of a number, vector or abbreviated reference type.</summary>
    public static bool TryFindValueType(ReadOnlySpan<byte> word, out byte code) =>
        ValueTypes.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out code);

    /// <summary>Whether a word occurs in the language at all.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> word) =>
        Others.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(word)
        || FindInstruction(word) is not null
        || TryFindValueType(word, out _)
        || TryFindHeapType(word, out _)
        || IsMemoryArgument(word, "offset="u8)
        || IsMemoryArgument(word, "align="u8);

    /// <summary>Whether a word is <c>offset=</c> or <c>align=</c> with a number.</summary>
    public static bool IsMemoryArgument(ReadOnlySpan<byte> word, ReadOnlySpan<byte> prefix) =>
        word.StartsWith(prefix)
        && word.Length > prefix.Length
        && TokenClassifier.ClassifyWord(word[prefix.Length..]) == TokenKind.Natural;

    private static Dictionary<byte[], T> Table<T>(string words, T[] values)
    {
        var table = new Dictionary<byte[], T>(ByteStringComparer.Instance);
        foreach (var (word, value) in words.Split(' ').Zip(values))
        {
            table.Add(System.Text.Encoding.ASCII.GetBytes(word), value);
        }

        return table;
    }
}
