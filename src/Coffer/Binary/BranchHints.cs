namespace Coffer.Binary;

/// <summary>Whether the branch of an <c>if</c> or <c>br_if</c> is likely taken.</summary>
/// <param name="Offset">The instruction, from the start of the function's body.</param>
/// <param name="IsLikely">Whether the condition is likely true.</param>
internal readonly record struct BranchHint(int Offset, bool IsLikely);

/// <summary>
/// The custom section <c>metadata.code.branch_hint</c>. Only advice, so it is tolerant: what is malformed ends the
/// reading and is no error.
/// </summary>
internal sealed class BranchHints
{
    private const string SectionName = "metadata.code.branch_hint";

    private readonly Dictionary<int, BranchHint[]> hints = [];

    private BranchHints()
    {
    }

    /// <summary>Whether there are any hints.</summary>
    public bool IsEmpty => hints.Count == 0;

    /// <summary>The hints of a module; without the section, none.</summary>
    public static BranchHints Of(ModuleDefinition module)
    {
        var result = new BranchHints();
        foreach (var section in module.CustomSections)
        {
            if (section.Name != SectionName) continue;
            try
            {
                result.Read(new WasmReader(module.Bytes.Span, section.Content));
            }
            catch (MalformedException)
            {
                // What was found so far is used.
            }

            break;
        }

        return result;
    }

    /// <summary>The hints of a function, by rising offset.</summary>
    public ReadOnlySpan<BranchHint> For(int function) => hints.GetValueOrDefault(function);

    private void Read(WasmReader reader)
    {
        var functions = reader.ReadCount();
        for (var i = 0; i < functions; i++)
        {
            var function = reader.ReadIndex();
            var entries = new BranchHint[reader.ReadCount()];
            for (var j = 0; j < entries.Length; j++)
            {
                var start = reader.Offset;
                var offset = reader.ReadIndex();
                var isLikely = reader.ReadU32() == 1 ? reader.ReadByte() : byte.MaxValue;
                if (isLikely > 1 || (j > 0 && offset <= entries[j - 1].Offset))
                {
                    throw new MalformedException("malformed branch hint", start);
                }

                entries[j] = new BranchHint(offset, isLikely == 1);
            }

            hints.TryAdd(function, entries);
        }
    }
}
