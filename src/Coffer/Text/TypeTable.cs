namespace Coffer.Text;

/// <summary>
/// What the parser needs to know of the types of a module: signatures of functions, fields of structs.
/// </summary>
internal sealed class TypeTable
{
    private readonly List<TypeEntry> entries = [];

    // Types that an inline signature may stand for: alone in their recursion group, final, without a supertype.
    private readonly Dictionary<byte[], uint> plainFunctions = new(ByteStringComparer.Instance);

    public uint Count => (uint)entries.Count;

    /// <summary>A type; null when there is none of this index (yet).</summary>
    public TypeEntry? Find(uint index) => index < Count ? entries[(int)index] : null;

    /// <summary>Adds the next type.</summary>
    /// <param name="entry">The type.</param>
    /// <param name="isPlain">Whether it is alone in its recursion group, final and without a supertype.</param>
    public void Add(TypeEntry entry, bool isPlain)
    {
        if (isPlain && entry.Signature is not null) plainFunctions.TryAdd(entry.Signature, Count);
        entries.Add(entry);
    }

    /// <summary>The first plain function type with this signature.</summary>
    public bool TryFindFunction(ReadOnlySpan<byte> signature, out uint index) =>
        plainFunctions.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(signature, out index);
}

/// <summary>A type.</summary>
/// <param name="Signature">Of a function type: its encoding.</param>
/// <param name="ParameterCount">Of a function type: how many parameters it has.</param>
/// <param name="Fields">Of a struct type: its fields.</param>
internal sealed record TypeEntry(byte[]? Signature, uint ParameterCount, IndexSpace? Fields);
