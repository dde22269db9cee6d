using System.Diagnostics.CodeAnalysis;
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
    private readonly Lock gate = new();
    private readonly List<GuestInstance> instances = [];
    private readonly HashSet<Memory> memories = [];
    private readonly Limiter limiter;
    private ulong tableElements;

    // The lowest stack address of the thread that used the store last. Thread ids would not do: a new thread gets the id
    // of one that has ended, but not its stack limit. Threads that live at once never share a stack.
    private nuint owner;
    private int depth;
    private nuint stackLimit;
    private volatile bool interrupted;
    private bool deadlinePassed;
    private bool cancelled;
    private Deadline? deadline;
    private CancellationTokenRegistration registration;
    private bool disposed;

    internal long FuelLeft;

    /// <summary>A new, empty sandbox.</summary>
    /// <param name="engine">The engine; all modules of the store must be of it.</param>
    /// <param name="limits">What its guests may use; <see cref="StoreLimits.Default"/> if null.</param>
    public Store(Engine engine, StoreLimits? limits = null)
    {
        Engine = engine ?? throw new ArgumentNullException(nameof(engine));
        Limits = limits ?? StoreLimits.Default;
        FuelLeft = Limits.Fuel;
        Heap = GuestHeap.Of(Limits);
        limiter = new Limiter(this);
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The limits.</summary>
    public StoreLimits Limits { get; }

    /// <summary>Anything the host wants to keep with the store, for its host functions.</summary>
    public object? Data { get; set; }

    /// <summary>
    /// The fuel that is left, not negative. Guests of an engine with <see cref="EngineOptions.ConsumeFuel"/> consume one unit an
    /// instruction and end with an <see cref="ExhaustionException"/> when it is used up.
    /// </summary>
    public long Fuel
    {
        get => Math.Max(FuelLeft, 0);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            FuelLeft = value;
        }
    }

    /// <summary>The bytes of all linear memories of the store.</summary>
    public ulong MemoryBytes => limiter.Used;

    internal ResultBuffer Results { get; } = new();

    internal GuestHeap Heap { get; }

    internal ResourceLimiter MemoryLimiter => limiter;

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
        var next = timeout == Timeout.InfiniteTimeSpan ? null : new Deadline(this);
        next?.Start(timeout);
        lock (gate)
        {
            deadline?.Dispose();
            deadline = next;
            deadlinePassed = next is { HasPassed: true };
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

    private void Pass(Deadline passed)
    {
        lock (gate)
        {
            passed.HasPassed = true;
            if (passed != deadline) return;
            deadlinePassed = true;
            PublishInterrupt();
        }
    }

    private void PublishInterrupt()
    {
        interrupted = cancelled || deadlinePassed;
        foreach (var instance in instances) Publish(instance);
        if (interrupted) WaitCancellation?.Cancel();
        else if (WaitCancellation is { IsCancellationRequested: true }) WaitCancellation = null;
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
        Volatile.Write(ref instance.Interrupt, interrupted ? 1 : 0);
    }

    /// <summary>Called when the host calls into a guest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter()
    {
        if (StackBounds.Lowest != owner || depth == 0 && Limits.StackBytes != 0) EnterSlowly();
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

        lock (gate)
        {
            owner = thread;
            stackLimit = StackBounds.Limit();
            byte here;
            if (Limits.StackBytes != 0 && (nuint)(&here) > Limits.StackBytes)
            {
                stackLimit = (nuint)Math.Max(stackLimit, (nuint)(&here) - Limits.StackBytes);
            }

            foreach (var instance in instances) Publish(instance);
        }
    }

    internal void Register(GuestInstance instance)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (instances.Count >= Limits.Instances)
            {
                throw new ExhaustionException(
                    ExhaustionKind.StoreLimit, $"the store may have {Limits.Instances} instances (StoreLimits.Instances)");
            }

            instances.Add(instance);
            Publish(instance);
        }
    }

    internal void Register(Memory memory)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (memories.Contains(memory)) return;
            ObjectDisposedException.ThrowIf(!memory.TryAddUser(), memory);
            memories.Add(memory);
        }
    }

    internal void ChargeTable(ulong elements)
    {
        if (!TryChargeTable(elements))
        {
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit,
                $"a table of {elements} elements exceeds what the store allows: {Limits.TableElements} in all, {tableElements} in use (StoreLimits.TableElements)");
        }
    }

    internal bool TryChargeTable(ulong elements)
    {
        if (elements > Limits.TableElements - Math.Min(tableElements, Limits.TableElements) || elements > int.MaxValue) return false;
        tableElements += elements;
        return true;
    }

    internal ExhaustionException StackOrInterruptError() =>
        interrupted ? InterruptError() : new ExhaustionException(ExhaustionKind.CallStack, "call stack exhausted");

    internal ExhaustionException InterruptError() => deadlinePassed
        ? new ExhaustionException(ExhaustionKind.Deadline, "the deadline has passed")
        : new ExhaustionException(ExhaustionKind.Cancelled, "the guest was cancelled");

    internal void ThrowIfInterrupted()
    {
        if (interrupted) throw InterruptError();
    }

    [DoesNotReturn]
    internal static void ThrowOutOfFuel() => throw new ExhaustionException(ExhaustionKind.Fuel, "all fuel consumed");

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
        }

        deadline?.Dispose();
        registration.Dispose();
        foreach (var memory in memories) memory.RemoveUser();
        memories.Clear();
        instances.Clear();
    }

    /// <summary>
    /// A deadline that was set. Its timer may fire when it has been replaced already; so the store compares.
    /// </summary>
    private sealed class Deadline : IDisposable
    {
        private readonly Timer timer;

        public Deadline(Store store) => timer = new Timer(_ => store.Pass(this));

        /// <summary>Guarded by the gate of the store.</summary>
        public bool HasPassed { get; set; }

        public void Start(TimeSpan timeout) => timer.Change(timeout, Timeout.InfiniteTimeSpan);

        public void Dispose() => timer.Dispose();
    }

    /// <summary>Charges linear memory against the limit.</summary>
    private sealed class Limiter(Store store) : ResourceLimiter
    {
        private ulong used;

        public ulong Used => Volatile.Read(ref used);

        public override bool TryChargeMemory(ulong bytes)
        {
            while (true)
            {
                var before = Volatile.Read(ref used);
                if (bytes > store.Limits.MemoryBytes - Math.Min(before, store.Limits.MemoryBytes)) return false;
                if (Interlocked.CompareExchange(ref used, before + bytes, before) == before) return true;
            }
        }

        public override void ReleaseMemory(ulong bytes) => Interlocked.Add(ref used, 0 - bytes);
    }
}
