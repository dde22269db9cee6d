namespace Coffer.Instructions;

/// <summary>
/// Something about instructions, by their opcodes. Made of arrays, since a dictionary of a type of ours is code that the JIT
/// compiler has to make in every process.
/// </summary>
internal sealed class OpcodeMap<T>
    where T : class
{
    // [prefix slot][code]: slot 0 has the unprefixed opcodes, 1 to 4 those behind 0xFB to 0xFE.
    private readonly T?[][] slots = [new T?[256], new T?[32], new T?[32], new T?[0x120], new T?[0x50]];

    /// <summary>The values of all unprefixed opcodes, by their byte.</summary>
    public ReadOnlySpan<T?> Unprefixed => slots[0];

    public void Add(Opcode opcode, T value) => slots[Slot((byte)((uint)opcode >> 16))][(uint)opcode & 0xFFFF] = value;

    /// <summary>The value of an opcode; null when there is none.</summary>
    public T? Find(Opcode opcode) => Find((byte)((uint)opcode >> 16), (uint)opcode & 0xFFFF);

    /// <summary>The value of an unprefixed opcode (<paramref name="prefix"/> 0) or a prefixed one; null when there is none.</summary>
    public T? Find(byte prefix, uint code)
    {
        var values = slots[Slot(prefix)];
        return code < (uint)values.Length ? values[code] : null;
    }

    private static int Slot(byte prefix) => prefix == 0 ? 0 : prefix - 0xFA;
}
