using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// The array instructions (specification, section 4.6.7). <c>T</c> is how elements are stored. Validation has made sure
/// that a reference is null or an array of that element, so its class is not looked at again. Numbers of elements and
/// indices are unsigned.
/// </summary>
internal static class ArrayOps
{
    /// <summary><c>array.new</c>.</summary>
    public static object New<T>(T value, int length, DefinedType type, GuestHeap heap)
    {
        var array = ArrayAllocation.CreateUninitialized<T>(length, type, heap);
        array.Items.AsSpan().Fill(value);
        return array;
    }

    /// <summary><c>array.new_default</c>.</summary>
    public static object NewDefault<T>(int length, DefinedType type, GuestHeap heap) =>
        ArrayAllocation.Create<T>(length, type, heap);

    /// <summary><c>array.new_data</c>.</summary>
    public static object NewData<T>(int offset, int length, ReadOnlyMemory<byte> data, DefinedType type, GuestHeap heap)
        where T : unmanaged
    {
        var source = Slice<T>(data, offset, length);
        var array = ArrayAllocation.CreateUninitialized<T>(length, type, heap);
        source.CopyTo(MemoryMarshal.AsBytes(array.Items.AsSpan()));
        return array;
    }

    /// <summary><c>array.new_elem</c>.</summary>
    public static object NewElements(int offset, int length, object?[] elements, DefinedType type, GuestHeap heap)
    {
        var source = Slice(elements, offset, length);
        var array = ArrayAllocation.Create<object?>(length, type, heap);
        source.CopyTo(array.Items);
        return array;
    }

    /// <summary><c>array.get</c>; the compiler extends packed elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Get<T>(object? array, int index)
    {
        var items = Items<T>(array);
        if ((uint)index >= (uint)items.Length) Trap.ArrayOutOfBounds();
        return items[index];
    }

    /// <summary><c>array.set</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<T>(object? array, int index, T value)
    {
        var items = Items<T>(array);
        if ((uint)index >= (uint)items.Length) Trap.ArrayOutOfBounds();
        Store(items, index, value);
    }

    /// <summary>Sets an element of <c>array.new_fixed</c>: there is such an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Initialize<T>(object array, int index, T value) =>
        Store(Unsafe.As<ArrayObject<T>>(array).Items, index, value);

    /// <summary><c>array.len</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(object? array)
    {
        if (array is null) Trap.NullArrayReference();
        return Unsafe.As<ArrayObject>(array).Length;
    }

    /// <summary><c>array.fill</c>.</summary>
    public static void Fill<T>(object? array, int index, T value, int count) =>
        Range(Items<T>(array), index, count).Fill(value);

    /// <summary><c>array.copy</c>; the ranges may overlap.</summary>
    public static void Copy<T>(object? target, int targetIndex, object? source, int sourceIndex, int count)
    {
        var to = Items<T>(target);
        var from = Items<T>(source);
        var range = Range(to, targetIndex, count);
        Range(from, sourceIndex, count).CopyTo(range);
    }

    /// <summary><c>array.init_data</c>.</summary>
    public static void InitData<T>(object? array, int index, int offset, int count, ReadOnlyMemory<byte> data)
        where T : unmanaged
    {
        var range = Range(Items<T>(array), index, count);
        Slice<T>(data, offset, count).CopyTo(MemoryMarshal.AsBytes(range));
    }

    /// <summary><c>array.init_elem</c>.</summary>
    public static void InitElements(object? array, int index, int offset, int count, object?[] elements)
    {
        var range = Range(Items<object?>(array), index, count);
        Slice(elements, offset, count).CopyTo(range);
    }

    // Not by indexing, since the runtime would look whether an array of references has a more special class.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T[] items, int index, T value) =>
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(items), (nint)(uint)index) = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T[] Items<T>(object? array)
    {
        if (array is null) Trap.NullArrayReference();
        return Unsafe.As<ArrayObject<T>>(array).Items;
    }

    private static Span<T> Range<T>(T[] items, int index, int count)
    {
        if ((ulong)(uint)index + (uint)count > (ulong)items.Length) Trap.ArrayOutOfBounds();
        return items.AsSpan(index, count);
    }

    // The segments are bytes in the order of the guest, which is that of every supported host: little-endian.
    private static ReadOnlySpan<byte> Slice<T>(ReadOnlyMemory<byte> data, int offset, int count)
    {
        var length = (ulong)(uint)count * (uint)Unsafe.SizeOf<T>();
        if ((uint)offset + length > (ulong)data.Length) Trap.MemoryOutOfBounds();
        return data.Span.Slice(offset, (int)length);
    }

    private static ReadOnlySpan<object?> Slice(object?[] elements, int offset, int count)
    {
        if ((ulong)(uint)offset + (uint)count > (ulong)elements.Length) Trap.TableOutOfBounds();
        return elements.AsSpan(offset, count);
    }
}
