using System.Collections.Immutable;
using Coffer.Images;

namespace Coffer.Compilation;

/// <summary>The CIL locals of one method: those of the guest first, then temporaries, which are used again when free.</summary>
internal sealed class Temporaries
{
    private readonly CilWriter il;
    private readonly Stack<int>[] free;
    private readonly HashSet<int> lasting = [];

    public Temporaries(CilWriter il)
    {
        this.il = il;
        free = new Stack<int>[(int)CilType.FirstTuple];
        for (var i = 0; i < free.Length; i++) free[i] = new Stack<int>();
    }

    /// <summary>The types of all locals of the method.</summary>
    public List<CilType> Types { get; } = [];

    /// <summary>Begins a method.</summary>
    public void Clear()
    {
        Types.Clear();
        foreach (var pool in free) pool.Clear();
        lasting.Clear();
    }

    public int Take(CilType type) => type < CilType.FirstTuple && free[(int)type].TryPop(out var temp) ? temp : Add(type);

    /// <summary>A local that is used for nothing else.</summary>
    public int Add(CilType type)
    {
        Types.Add(type);
        if (Types.Count > ushort.MaxValue)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit, $"a function needs more than {ushort.MaxValue} locals and temporaries");
        }

        return Types.Count - 1;
    }

    public void Free(int temp)
    {
        var type = Types[temp];
        if (type < CilType.FirstTuple && (lasting.Count == 0 || !lasting.Contains(temp))) free[(int)type].Push(temp);
    }

    public void Free(ReadOnlySpan<int> temps)
    {
        foreach (var temp in temps) Free(temp);
    }

    /// <summary>Keeps a temporary taken until the end of the function, whoever frees it.</summary>
    public void Keep(int temp) => lasting.Add(temp);

    public int[] Take(ImmutableArray<ValueType> types)
    {
        if (types.Length == 0) return [];
        var temps = new int[types.Length];
        for (var i = 0; i < temps.Length; i++) temps[i] = Take(CilTypes.Of(types[i]));
        return temps;
    }

    /// <summary>Moves the top values of the CIL stack into temporaries, which hold them in order.</summary>
    public int[] Store(ImmutableArray<ValueType> types)
    {
        var temps = Take(types);
        for (var i = temps.Length - 1; i >= 0; i--) il.StoreLocal(temps[i]);
        return temps;
    }

    public void Load(int[] temps, bool release)
    {
        foreach (var temp in temps) il.LoadLocal(temp);
        if (release) Free(temps);
    }
}
