using System.Runtime.CompilerServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// The state of an instance as compiled code sees it. Every image derives one class from it, with a field for each
/// entity that its code touches; <c>Link</c> fills those from the arrays here.
/// </summary>
internal abstract class GuestInstance : FunctionContext
{
    /// <summary>
    /// Polled by loops; this instance itself when the guest must stop, otherwise null. The instance is in a register
    /// already, and a comparison of memory with a register is one operation with the branch behind it.
    /// </summary>
    public GuestInstance? Stop;

    /// <summary>The lowest address a frame may have; the highest possible number when the guest must stop.</summary>
    public nuint StackLimit;

    /// <summary>Zeros, where compiled code must not know that they are; read as a vector.</summary>
    public VectorBytes ZeroVector;

    /// <summary>All ones, where compiled code must not know that they are.</summary>
    public long AllOnes;

    // The constructors of images never run: all that follows is set when the instance is made. What no instance of a module
    // changes is shared by all of them.
    public Instance Owner = null!;

    /// <summary>The next older instance of the store.</summary>
    public GuestInstance? Older;

    /// <summary>What structs and arrays are charged to; the store's. Null where the module has no type of one.</summary>
    public GuestHeap Heap = null!;

    /// <summary>The store's; null where the engine does not consume any.</summary>
    public FuelTank Fuel = null!;

    public LinearMemory[] Memories = null!;
    public Table[] Tables = null!;
    public Global[] Globals = null!;
    public Tag[] Tags = null!;
    public DefinedType[] Types = null!;

    /// <summary>Imported functions.</summary>
    public FuncRef[] Imports = null!;

    /// <summary>The elements of segments; empty once dropped.</summary>
    public object?[][] Elements = null!;

    /// <summary>The bytes of data segments; empty once dropped.</summary>
    public ReadOnlyMemory<byte>[] Data = null!;

    private const int ChunkBits = 6;

    // References to functions of the index space, made when first asked for: most are never, and a large module has tens
    // of thousands of functions. Hence in chunks.
    private FuncRef?[]?[]? functions;

    /// <summary>Fills the fields of the derived class.</summary>
    public abstract void Link();

    // These return exceptions instead of throwing them, so that the call is followed by a throw: RyuJIT then knows that
    // the code is cold and never comes back, and keeps values in registers across it.

    /// <summary>What to throw at a function's entry when its frame lies below <see cref="StackLimit"/>.</summary>
    public static Exception StackExhausted(GuestInstance instance) => instance.Store.StackOrInterruptError();

    /// <summary>What to throw in a loop that found <see cref="Stop"/> set.</summary>
    public static Exception Interrupted(GuestInstance instance) => instance.Store.InterruptError();

    /// <summary>What to throw when <see cref="HasFuel"/> said no.</summary>
    public static Exception OutOfFuel(GuestInstance instance) => instance.Store.FuelError();

    /// <summary>Charges what a loop has used; whether it may go on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool EndSlice(GuestInstance instance, long used)
    {
        instance.Fuel.Left -= used;
        return HasFuel(instance) && instance.Stop != instance;
    }

    /// <summary>What to throw when <see cref="EndSlice"/> said no.</summary>
    public static Exception SliceError(GuestInstance instance) => instance.Fuel.Left < 0 ? OutOfFuel(instance) : Interrupted(instance);

    /// <summary><see cref="HasFuel"/>, for places that have no values in registers which a call would cost.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool MayGoOn(GuestInstance instance) => HasFuel(instance);

    /// <summary>
    /// Whether the guest may go on, what it owes paid from the fuel of its threads. Written without calls, which would cost
    /// the loops around it their registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasFuel(GuestInstance instance)
    {
        var fuel = instance.Fuel;
        if (fuel.Left >= 0) return true;
        if (fuel.Pool is not { } pool) return false;
        var all = Interlocked.Exchange(ref pool.Left, FuelPool.Taken);

        // While another thread pays, this one owes a little longer.
        if (all == FuelPool.Taken) return true;
        var isEnough = all >= -fuel.Left;
        Volatile.Write(ref pool.Left, isEnough ? all + fuel.Left : all);
        if (isEnough) fuel.Left = 0;
        return isEnough;
    }

    /// <summary>The reference of a function of the index space.</summary>
    public static FuncRef Function(GuestInstance instance, int index) =>
        instance.functions?[index >> ChunkBits]?[index & ((1 << ChunkBits) - 1)] ?? instance.MakeFunction(index);

    /// <summary>The index of a function of the instance; null for everything else.</summary>
    public int? IndexOf(object reference)
    {
        var import = Array.IndexOf(Imports, reference);
        if (import >= 0) return import;
        for (var chunk = 0; chunk < functions?.Length; chunk++)
        {
            if (functions[chunk] is { } some && Array.IndexOf(some, reference) is >= 0 and var place) return (chunk << ChunkBits) + place;
        }

        return null;
    }

    private FuncRef MakeFunction(int index)
    {
        if (index < Imports.Length) return Imports[index];
        var count = Owner.FunctionCount;
        functions ??= new FuncRef?[]?[((count - 1) >> ChunkBits) + 1];
        var chunk = functions[index >> ChunkBits] ??= new FuncRef?[Math.Min(count - (index >> ChunkBits << ChunkBits), 1 << ChunkBits)];
        return chunk[index & ((1 << ChunkBits) - 1)] = Owner.NewFunction(index);
    }
}

/// <summary>
/// Room for a vector. Not a vector itself: native code would take the layout of a class with a field of such a type for one
/// that may change, and look up where each of its fields is.
/// </summary>
[System.Runtime.CompilerServices.InlineArray(2)]
internal struct VectorBytes
{
    private long element;
}
