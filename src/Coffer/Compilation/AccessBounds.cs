using System.Runtime.InteropServices;
using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>
/// Which accesses to a checked memory need no check, because an earlier one has seen as much of the memory: memories never become
/// smaller. Of each local it knows the value as a displacement from a "root", a number that never changes, and of each root
/// how many bytes behind it were seen to be inside. What was seen on one way to a label is forgotten there, and so are the values
/// of locals that were written on one.
/// <para>
/// It follows the first memory alone, and no function from its first try block on.
/// </para>
/// </summary>
internal sealed class AccessBounds(FunctionCompiler compiler)
{
    // How many displacements from each other are followed.
    private const int MostAncestors = 4;

    private readonly AccessScan scan = new();
    private readonly List<Root> roots = [];
    private readonly List<(int Root, ulong Extent)> replaced = [];
    private readonly List<(int From, int To)> joins = [];
    private LocalState[] locals = new LocalState[64];

    // Counts what happens to locals.
    private int now;

    // When the last loop began, and where.
    private int loopBegan, loopOffset;

    // What the memory always has.
    private ulong minimum;

    /// <param name="Extent">So many bytes from it on are inside.</param>
    /// <param name="Parent">It is a displacement from another; or 0.</param>
    /// <param name="Displacement">How much.</param>
    private record struct Root(ulong Extent, int Parent, uint Displacement);

    /// <param name="Value">What is known of it.</param>
    /// <param name="Known">Since when.</param>
    /// <param name="Written">When it was written.</param>
    private record struct LocalState(OperandValue Value, int Known, int Written);

    /// <summary>A place in the function, to forget what was found out after it.</summary>
    internal readonly record struct Mark(int Time, int Replaced);

    /// <summary>Whether there is anything to follow.</summary>
    public bool IsActive { get; private set; }

    /// <summary>This place.</summary>
    public Mark Here => new(now, replaced.Count);

    /// <summary>Follows nothing until the next function.</summary>
    public void Stop() => IsActive = false;

    /// <summary>Begins a function whose locals are known.</summary>
    public void Begin(WasmReader body)
    {
        IsActive = compiler.GuardedMemories is [false, ..] && scan.Run(body, compiler);
        if (!IsActive) return;
        var type = compiler.Module.Memories[0];
        minimum = Math.Min(type.Limits.Minimum, 1UL << 40) << type.PageSizeLog2;
        var count = compiler.Validator.Locals.Count;
        if (locals.Length < count) locals = new LocalState[count];
        Array.Clear(locals, 0, count);
        roots.Clear();
        roots.Add(default);
        replaced.Clear();
        joins.Clear();
        now = loopBegan = 0;
        loopOffset = 0;
    }

    /// <summary>What is known of a local that is read.</summary>
    public OperandValue Read(uint local)
    {
        ref var state = ref locals[local];
        if (state.Value == default || !IsKnown(in state, local))
        {
            state.Value = NewRoot(default);
            state.Known = ++now;
        }

        return state.Value;
    }

    /// <summary>A local is written.</summary>
    /// <returns>What is known of it now.</returns>
    public OperandValue Write(uint local, OperandValue value)
    {
        if (value.Root == 0 || (value.Root > 0 && value.Displacement > 0)) value = NewRoot(value);
        locals[local] = new LocalState(value, ++now, now);
        return value;
    }

    /// <summary>At the label of a loop.</summary>
    public void BeginLoop(int offset)
    {
        loopBegan = ++now;
        loopOffset = offset;
    }

    /// <summary>At a label: forgets what was found out since a place that all ways to it have in common.</summary>
    public void Join(Mark mark)
    {
        if (!IsActive) return;
        while (replaced.Count > mark.Replaced)
        {
            var (root, extent) = replaced[^1];
            CollectionsMarshal.AsSpan(roots)[root].Extent = extent;
            replaced.RemoveAt(replaced.Count - 1);
        }

        while (joins.Count > 0 && joins[^1].From >= mark.Time) joins.RemoveAt(joins.Count - 1);
        joins.Add((mark.Time, ++now));
    }

    /// <summary>
    /// How much of the memory an access has to see, counted from its address; 0 when it needs to see nothing, null when nothing
    /// is known but what the access needs.
    /// </summary>
    /// <param name="instruction">The access.</param>
    /// <param name="address">What is known of its address.</param>
    public ulong? Require(ref readonly Instruction instruction, OperandValue address)
    {
        if (instruction.Index != 0 || instruction.Bits > uint.MaxValue) return null;
        var extent = instruction.Bits + (ulong)instruction.Info.Width;
        if (address.Headroom > 0 && address.Bound + extent <= minimum) return 0;
        if (address.Root <= 0) return null;
        extent = Math.Max(extent, scan.Extent(instruction.Offset));
        if (IsInside(address.Root, address.Displacement + extent)) return 0;
        if (address.Displacement > 0) return null;
        ref var root = ref CollectionsMarshal.AsSpan(roots)[address.Root];
        replaced.Add((address.Root, root.Extent));
        root.Extent = extent;
        return extent;
    }

    // What is inside does not wrap round, so the sum of root and displacement does not either.
    private bool IsInside(int root, ulong extent)
    {
        var all = CollectionsMarshal.AsSpan(roots);
        for (var i = 0; i < MostAncestors && root > 0; i++)
        {
            if (extent <= all[root].Extent) return true;
            extent += all[root].Displacement;
            root = all[root].Parent;
        }

        return false;
    }

    private OperandValue NewRoot(OperandValue value)
    {
        roots.Add(new Root(0, Math.Max(value.Root, 0), value.Displacement));
        return new OperandValue(roots.Count - 1, 0, value.Headroom);
    }

    private bool IsKnown(ref readonly LocalState state, uint local)
    {
        if (state.Known < loopBegan && scan.LastWrite(local) >= loopOffset) return false;
        if (joins.Count == 0 || joins[^1].To < state.Known) return true;
        var (low, high) = (0, joins.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (joins[middle].To >= state.Written) high = middle;
            else low = middle + 1;
        }

        // The first that ended after the write: was the local written on one of its ways, and not looked at since?
        return low == joins.Count || joins[low].From >= state.Written || joins[low].To < state.Known;
    }
}
