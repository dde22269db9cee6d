using System.Runtime.CompilerServices;
using Coffer.Runtime;

namespace Coffer;

/// <summary>
/// One sandbox: instances with their memories, tables and globals, and the limits they share. Used by one thread at a
/// time; only <see cref="Interrupt()"/> may be called from others. Disposing it returns its memories; nothing of it may
/// be used afterwards.
/// </summary>
public sealed class Store : IDisposable
{
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    // A store may live for microseconds: whatever most do not need is made when it is needed.
    private readonly Lock gate = new();
    private readonly SharedUsage usage;
    private readonly Store? root;
    private GuestInstance? youngest;
    private int instanceCount;
    private Memory?[] memories = [null];
    private int memoryCount;
    private HashSet<Memory>? borrowed;
    private List<Store>? threads;
    private ResultBuffer? results;
    private object[] hostStates = [];
    private GuestHeap? heap;

    // Whether something is to be done at every call of the host.
    private readonly bool hasLimitsOfCalls;
    private ulong tableElements;

    // The lowest stack address of the thread that used the store last. Thread ids would not do: a new thread gets the id
    // of one that has ended, but not its stack limit. Threads that live at once never share a stack.
    private nuint owner;
    private int depth;
    private nuint stackLimit;
    private volatile bool interrupted;
    private bool deadlinePassed;
    private bool cancelled;
    private PendingDeadline? deadline;
    private CancellationTokenRegistration registration;
    private bool disposed;

    private FuelTank? fuel;

    /// <summary>A new, empty sandbox.</summary>
    /// <param name="engine">The engine; all modules of the store must be of it.</param>
    /// <param name="limits">What its guests may use; <see cref="StoreLimits.Default"/> if null.</param>
    public Store(Engine engine, StoreLimits? limits = null)
    {
        Engine = engine ?? throw new ArgumentNullException(nameof(engine));
        Limits = limits ?? StoreLimits.Default;
        hasLimitsOfCalls = Limits.StackBytes != 0 || Limits.AllocatedBytes is not null;
        if (engine.Options.ConsumeFuel) fuel = new FuelTank(Limits.Fuel);
        usage = new SharedUsage(Limits);
    }

    private Store(Store root)
    {
        this.root = root;
        Engine = root.Engine;
        Limits = root.Limits;
        hasLimitsOfCalls = root.hasLimitsOfCalls;
        Data = root.Data;
        hostStates = root.hostStates;
        usage = root.usage;
        fuel = root.fuel?.Share();
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The limits.</summary>
    public StoreLimits Limits { get; }

    /// <summary>Anything the host wants to keep with the store, for its host functions.</summary>
    public object? Data { get; set; }

    /// <summary>
    /// Keeps something with the store for the host functions of a library, one of each type; in place of what was there.
    /// Stores that <see cref="CreateThread"/> makes later have it as well.
    /// </summary>
    public void SetHostState<T>(T state) where T : class
    {
        ArgumentNullException.ThrowIfNull(state);
        ObjectDisposedException.ThrowIf(disposed, this);
        // Stores of other threads have the same array: it never changes.
        hostStates = hostStates.Length == 0 ? [state] : [.. hostStates.Where(other => other is not T), state];
    }

    /// <summary>What <see cref="SetHostState"/> keeps, or null.</summary>
    public T? GetHostState<T>() where T : class
    {
        foreach (var state in hostStates)
        {
            if (state is T found) return found;
        }

        return null;
    }

    /// <summary>
    /// The fuel that is left, not negative. Guests of an engine with <see cref="EngineOptions.ConsumeFuel"/> consume one unit an
    /// instruction and end with an <see cref="ExhaustionException"/> when it is used up. It is charged when a function ends, when
    /// it calls a host function, and at least every 16,384 instructions: a guest may run that much longer for each of its
    /// functions that are under way, and what these were not charged yet is lost when a trap or an exception ends them. Threads of one
    /// sandbox use the same fuel.
    /// </summary>
    public long Fuel
    {
        get => fuel?.Total ?? Limits.Fuel;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            (fuel ??= new FuelTank(0)).Total = value;
        }
    }

    /// <summary>The bytes of all linear memories of the store, and of the stores of its other threads.</summary>
    public ulong MemoryBytes => usage.MemoryBytes;

    /// <summary>For the instances whose types have so many results.</summary>
    internal ResultBuffer Results => results ??= new ResultBuffer();

    /// <summary>For the instances that have structs or arrays.</summary>
    internal GuestHeap Heap => root?.Heap ?? LazyInitializer.EnsureInitialized(ref heap, () => GuestHeap.Of(Limits));

    internal ResourceLimiter MemoryLimiter => usage;

    /// <summary>A token that is cancelled when the guest must stop; for host functions and waits.</summary>
    internal CancellationTokenSource? WaitCancellation { get; private set; }

    /// <summary>
    /// Ends whatever guest runs when <paramref name="timeout"/> has passed from now, with an
    /// <see cref="ExhaustionException"/> of kind <see cref="ExhaustionKind.Deadline"/>; guests called later end at
    /// once. Replaces the deadline that was set before, passed or not; <see cref="Timeout.InfiniteTimeSpan"/> removes
    /// it. A cancellation stays.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or longer than 49 days.</exception>
    public void SetDeadline(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var isSet = timeout != Timeout.InfiniteTimeSpan;
        if (isSet)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, LongestDeadline);
        }

        lock (gate)
        {
            if (isSet) DeadlineWatch.Set(deadline ??= new PendingDeadline(this), DeadlineWatch.After(timeout));
            else if (deadline is not null) DeadlineWatch.Clear(deadline);
            if (!deadlinePassed) return;
            deadlinePassed = false;
            PublishInterrupt();
        }
    }

    /// <summary>
    /// Ends whatever guest runs when <paramref name="token"/> is cancelled, with an <see cref="ExhaustionException"/>
    /// of kind <see cref="ExhaustionKind.Cancelled"/>. Replaces the token that was set before, and undoes
    /// <see cref="Interrupt()"/>. A deadline stays.
    /// </summary>
    public void SetCancellation(CancellationToken token)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        registration.Dispose();
        lock (gate)
        {
            cancelled = false;
            PublishInterrupt();
        }

        registration = token.UnsafeRegister(static store => ((Store)store!).Interrupt(), this);
    }

    /// <summary>Ends whatever guest runs, as if it was cancelled. May be called from any thread.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            cancelled = true;
            PublishInterrupt();
        }
    }

    /// <summary>Lets guests run again after an interruption, until the next one.</summary>
    public void ClearInterrupt()
    {
        lock (gate)
        {
            cancelled = deadlinePassed = false;
            PublishInterrupt();
        }
    }

    /// <summary>Called by the thread that keeps deadlines, which sees them without the gate: this one may be another by now.</summary>
    internal void Pass(PendingDeadline passed, long due)
    {
        lock (gate)
        {
            if (passed.Due != due) return;
            DeadlineWatch.Clear(passed);
            deadlinePassed = true;
            PublishInterrupt(byWatch: true);
        }
    }

    // What host functions do when they are told to end may take its time, which the other deadlines do not have.
    private void PublishInterrupt(bool byWatch = false)
    {
        interrupted = cancelled || deadlinePassed;
        PublishToAll();
        if (interrupted && byWatch) _ = WaitCancellation?.CancelAsync();
        else if (interrupted) WaitCancellation?.Cancel();
        else if (WaitCancellation is { IsCancellationRequested: true }) WaitCancellation = null;
        if (threads is null) return;
        foreach (var thread in threads) thread.Follow(cancelled, deadlinePassed, byWatch);
    }

    private void PublishToAll()
    {
        for (var instance = youngest; instance is not null; instance = instance.Older) Publish(instance);
    }

    private void Follow(bool isCancelled, bool hasDeadlinePassed, bool byWatch)
    {
        lock (gate)
        {
            cancelled = isCancelled;
            deadlinePassed = hasDeadlinePassed;
            PublishInterrupt(byWatch);
        }
    }

    /// <summary>
    /// A store for a further thread of the same sandbox: it has the limits of this one together with it (memory, table
    /// elements, fuel), and its guests end when this one's are interrupted. Instances are of one store; what both can use is
    /// shared memories. To be called by the thread that uses this store; dispose it when the thread has ended.
    /// </summary>
    public Store CreateThread()
    {
        var first = root ?? this;
        lock (first.gate)
        {
            ObjectDisposedException.ThrowIf(first.disposed, this);
            var thread = new Store(first);
            (first.threads ??= []).Add(thread);
            thread.Follow(first.cancelled, first.deadlinePassed, byWatch: false);
            return thread;
        }
    }

    /// <summary>Ends the guests of all stores that <see cref="CreateThread"/> made, but not those of this one.</summary>
    public void InterruptThreads()
    {
        lock (gate)
        {
            foreach (var thread in threads ?? []) thread.Interrupt();
        }
    }

    /// <summary>Cancelled when the guest must stop; for host functions that wait.</summary>
    public CancellationToken InterruptToken
    {
        get
        {
            lock (gate)
            {
                WaitCancellation ??= new CancellationTokenSource();
                if (interrupted) WaitCancellation.Cancel();
                return WaitCancellation.Token;
            }
        }
    }

    private void Publish(GuestInstance instance)
    {
        instance.StackLimit = interrupted ? nuint.MaxValue : stackLimit;
        Volatile.Write(ref instance.Stop, interrupted ? instance : null);
    }

    /// <summary>Called when the host calls into a guest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter()
    {
        if (StackBounds.Lowest != owner || depth == 0 && hasLimitsOfCalls) EnterSlowly();
        else if (depth > 0) CheckStack();
        depth++;
    }

    /// <summary>A host function that calls guests may recurse without any guest frame that checks the stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe void CheckStack()
    {
        byte here;
        if ((nuint)(&here) < stackLimit) throw StackOrInterruptError();
    }

    /// <summary>Called when a guest returns to the host, normally or not.</summary>
    internal void Exit() => depth--;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe void EnterSlowly()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var thread = StackBounds.Lowest;
        if (depth > 0 && thread != owner)
        {
            throw new InvalidOperationException("The store is in use by another thread. A store runs on one thread at a time.");
        }

        if (depth == 0) heap?.BeginCall();
        lock (gate)
        {
            owner = thread;
            stackLimit = StackBounds.Limit(Engine.Options.Tiered ? StackBounds.TieredReserveBytes : StackBounds.DefaultReserveBytes);
            byte here;
            if (Limits.StackBytes != 0 && (nuint)(&here) > Limits.StackBytes)
            {
                stackLimit = (nuint)Math.Max(stackLimit, (nuint)(&here) - Limits.StackBytes);
            }

            PublishToAll();
        }
    }

    internal void Register(GuestInstance instance)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (instanceCount >= Limits.Instances)
            {
                throw new ExhaustionException(
                    ExhaustionKind.StoreLimit, $"the store may have {Limits.Instances} instances (StoreLimits.Instances)");
            }

            instanceCount++;
            instance.Older = youngest;
            youngest = instance;
            Publish(instance);
        }
    }

    /// <summary>Keeps a memory of this store, or a shared one of another, until the store is disposed.</summary>
    internal void Register(Memory memory)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (borrowed is not null && borrowed.Contains(memory)) return;
            ObjectDisposedException.ThrowIf(!memory.TryAddUser(), memory);
            if (memory.Store != this) (borrowed ??= []).Add(memory);
            if (memoryCount == memories.Length) Array.Resize(ref memories, memoryCount * 2);
            memories[memoryCount++] = memory;
        }
    }

    internal void ChargeTable(ulong elements)
    {
        if (!TryChargeTable(elements))
        {
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit,
                $"a table of {elements} elements exceeds what the store allows: {Limits.TableElements} in all, {usage.TableElements} in use (StoreLimits.TableElements)");
        }
    }

    /// <summary>How many more elements its tables may have.</summary>
    internal ulong TableElementsLeft => Limits.TableElements - Math.Min(usage.TableElements, Limits.TableElements);

    internal bool TryChargeTable(ulong elements)
    {
        if (elements > int.MaxValue || !usage.TryChargeTable(elements)) return false;
        tableElements += elements;
        return true;
    }

    internal ExhaustionException StackOrInterruptError() =>
        interrupted ? InterruptError() : new ExhaustionException(ExhaustionKind.CallStack, "call stack exhausted");

    internal ExhaustionException InterruptError() => deadlinePassed
        ? new ExhaustionException(ExhaustionKind.Deadline, "the deadline has passed")
        : new ExhaustionException(ExhaustionKind.Cancelled, "the guest was cancelled");

    /// <summary>
    /// Ends the guest if it must stop. For host functions that have waited: a guest that only got an error could go on for
    /// as long as it runs straight ahead.
    /// </summary>
    /// <exception cref="ExhaustionException">The deadline has passed, or the guest was cancelled.</exception>
    public void ThrowIfInterrupted()
    {
        if (interrupted) throw InterruptError();
    }

    /// <summary>
    /// Consumes fuel for work that a host function does; nothing without <see cref="EngineOptions.ConsumeFuel"/>.
    /// </summary>
    /// <exception cref="ExhaustionException">There is not enough left.</exception>
    public void ConsumeFuel(long amount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (Engine.Options.ConsumeFuel && !fuel!.TryConsume(amount)) throw FuelError();
    }

    /// <summary>What guests are charged to; null without <see cref="EngineOptions.ConsumeFuel"/>, unless it was set all the same.</summary>
    internal FuelTank? FuelTank => fuel;

    /// <summary>What ends a guest that has used all its fuel; the other threads of the sandbox have none either then.</summary>
    internal ExhaustionException FuelError()
    {
        fuel!.EndAll();
        return new ExhaustionException(ExhaustionKind.Fuel, "all fuel consumed");
    }

    /// <summary>Returns the memories of the store. No guest of it may be running.</summary>
    /// <exception cref="InvalidOperationException">A guest of it is running.</exception>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed) return;
            if (depth > 0) throw new InvalidOperationException("The store cannot be disposed while one of its guests runs.");
            disposed = true;
            owner = 0;
            if (deadline is not null) DeadlineWatch.Clear(deadline);
        }

        registration.Dispose();
        root?.Leave(this);
        foreach (var memory in memories) memory?.RemoveUser();
        memories = [];
        youngest = null;
        hostStates = [];
    }

    private void Leave(Store thread)
    {
        lock (gate) threads?.Remove(thread);
        usage.ReleaseTable(thread.tableElements);
        thread.fuel?.Return();
    }
}
