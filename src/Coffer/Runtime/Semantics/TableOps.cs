using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coffer.Types;

namespace Coffer.Runtime.Semantics;

/// <summary>Table instructions (specification, section 4.6.7), and what calls through references need.</summary>
internal static class TableOps
{
    /// <summary>The function at an index, of the type that the caller expects.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FuncRef Resolve(int index, Table table, DefinedType type)
    {
        if ((uint)index >= (uint)table.Length) Trap.UndefinedElement();

        // Elements is never shorter than Length.
        ref var first = ref MemoryMarshal.GetArrayDataReference(table.Elements);
        var function = Unsafe.As<FuncRef?>(Unsafe.Add(ref first, (nint)(uint)index));
        if (function is null || !ReferenceEquals(function.Type, type)) return ResolveSlowly(index, table, type);
        return function;
    }

    /// <summary>The same for a table with 64-bit indices.</summary>
    public static FuncRef Resolve64(long index, Table table, DefinedType type)
    {
        if ((ulong)index >= (ulong)table.Length) Trap.UndefinedElement();
        return Resolve((int)index, table, type);
    }

    /// <summary>For elements that nobody has read yet, and for functions of another type than the caller names.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FuncRef ResolveSlowly(int index, Table table, DefinedType type)
    {
        var function = Unsafe.As<FuncRef?>(table.Get(index));
        if (function is null) Trap.UninitializedElement();
        if (!function.Type.IsSubtypeOf(type)) Trap.IndirectCallTypeMismatch();
        return function;
    }

    /// <summary>A function reference that is not null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FuncRef NonNullFunction(object? reference)
    {
        if (reference is null) Trap.NullFunctionReference();
        return Unsafe.As<FuncRef>(reference);
    }

    /// <summary><c>ref.as_non_null</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static object NonNull(object? reference)
    {
        if (reference is null) Trap.NullReference();
        return reference;
    }

    public static object? Get(ulong index, Table table)
    {
        if (index >= (ulong)table.Length) Trap.TableOutOfBounds();
        return table.Get((int)index);
    }

    public static void Set(ulong index, object? value, Table table)
    {
        if (index >= (ulong)table.Length) Trap.TableOutOfBounds();
        table.FillNow();
        table.Elements[(int)index] = value;
    }

    public static int Size(Table table) => table.Length;

    public static long Grow(object? value, ulong delta, Table table) => table.Grow(delta, value);

    public static void Fill(ulong index, object? value, ulong count, Table table)
    {
        if (index > (ulong)table.Length || count > (ulong)table.Length - index) Trap.TableOutOfBounds();
        table.FillNow();
        Array.Fill(table.Elements, value, (int)index, (int)count);
    }

    public static void Copy(ulong destinationIndex, ulong sourceIndex, ulong count, Table destination, Table source)
    {
        if (sourceIndex > (ulong)source.Length || count > (ulong)source.Length - sourceIndex
            || destinationIndex > (ulong)destination.Length || count > (ulong)destination.Length - destinationIndex)
        {
            Trap.TableOutOfBounds();
        }

        source.FillNow();
        destination.FillNow();
        Array.Copy(source.Elements, (int)sourceIndex, destination.Elements, (int)destinationIndex, (int)count);
    }

    public static void Init(ulong index, uint start, uint count, Table table, GuestInstance instance, int segment)
    {
        var elements = instance.Elements[segment];
        if (start > (uint)elements.Length || count > (uint)elements.Length - start
            || index > (ulong)table.Length || count > (ulong)table.Length - index)
        {
            Trap.TableOutOfBounds();
        }

        table.FillNow();
        Array.Copy(elements, (int)start, table.Elements, (int)index, (int)count);
    }

    /// <summary><c>memory.init</c> with the instance's segment.</summary>
    public static void MemoryInit(ulong address, uint start, uint count, LinearMemory memory, GuestInstance instance, int segment) =>
        MemoryOps.Init(memory, address, instance.Data[segment].Span, start, count);

    public static void DropElements(GuestInstance instance, int segment) => instance.Elements[segment] = [];

    public static void DropData(GuestInstance instance, int segment) => instance.Data[segment] = default;
}
