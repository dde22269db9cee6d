using System.Reflection;
using System.Reflection.Metadata;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// What surrounds the body of one method: the check of the stack and the bases of memories in front of it, exception
/// regions and what they throw on behind it, and for a large frame a stub that is called in its place.
/// </summary>
internal sealed class MethodFrame(FunctionCompiler compiler)
{
    // A method whose frame may be larger is entered through a stub that checks the stack first.
    private const int LargeFrameBytes = 16 << 10;

    // Bytes of CIL that are optimized in little time.
    private const int SmallBody = 500;

    // Room on the evaluation stack for what emitters push beside operands.
    private const int ScratchSlots = 32;

    // Locals that are filled at the beginning, by memory; -1 where they are not used.
    private readonly int[] memoryBases = new int[compiler.Module.Memories.Length];
    private readonly int[] memories = new int[compiler.Module.Memories.Length];
    private readonly List<(FieldKind Kind, int Memory, int Local)> filled = [];
    private readonly List<HandlerClause> regions = [];
    private readonly List<PendingThrow> pendingThrows = [];
    private readonly CilWriter prologue = new();
    private int guardLocal, memoryTrap;

    /// <summary>Whether the function calls anything, so that it must check its stack.</summary>
    public bool HasCalls { get; set; }

    /// <summary>The locals that the guest declared, which come first.</summary>
    public int DeclaredLocals { get; set; }

    /// <summary>Where returns inside try regions go; -1 when there are none.</summary>
    public int ReturnLabel { get; private set; }

    /// <summary>Code to be emitted after the body, outside all try regions.</summary>
    public List<Action> Trampolines { get; } = [];

    /// <summary>The number of try regions that are complete.</summary>
    public int RegionCount => regions.Count;

    /// <summary>Begins a method.</summary>
    public void Clear()
    {
        // No fill of the platform's: its code for vectors would be compiled at every start, and memories are few.
        for (var i = 0; i < memories.Length; i++) memories[i] = memoryBases[i] = -1;
        filled.Clear();
        regions.Clear();
        pendingThrows.Clear();
        ClearBody();
        HasCalls = false;
        DeclaredLocals = 0;
        ReturnLabel = guardLocal = -1;
    }

    public void AddRegion(HandlerClause region) => regions.Add(region);

    public void AddPendingThrow(PendingThrow pending) => pendingThrows.Add(pending);

    /// <summary>A label for returns from inside try regions; its values are in the outermost block's temporaries.</summary>
    public int RequireReturnLabel()
    {
        if (ReturnLabel < 0) ReturnLabel = compiler.Il.NewLabel();
        return ReturnLabel;
    }

    /// <summary>The label, behind the body, of the trap of accesses outside of a memory.</summary>
    public int RequireMemoryTrap()
    {
        if (memoryTrap >= 0) return memoryTrap;
        memoryTrap = compiler.Il.NewLabel();
        Trampolines.Add(() =>
        {
            compiler.Il.Mark(memoryTrap);
            compiler.EmitTrap(nameof(Trap.MemoryOutOfBounds));
        });
        return memoryTrap;
    }

    /// <summary>Forgets what belongs to a body that is written anew.</summary>
    public void ClearBody()
    {
        Trampolines.Clear();
        memoryTrap = -1;
        compiler.Fragment.Offsets.Begin();
    }

    /// <summary>Pushes the base of a memory, which a local keeps: memories do not move.</summary>
    public void LoadMemoryBase(uint memory) => Load(memoryBases, FieldKind.MemoryBase, memory, CilType.NativeInt);

    /// <summary>Pushes a memory, which a local keeps.</summary>
    public void LoadMemory(uint memory) => Load(memories, FieldKind.Memory, memory, CilType.Object);

    private void Load(int[] locals, FieldKind kind, uint memory, CilType type)
    {
        ref var local = ref locals[memory];
        if (local < 0)
        {
            local = compiler.Temps.Add(type);
            filled.Add((kind, (int)memory, local));
        }

        compiler.Il.LoadLocal(local);
    }

    /// <summary>
    /// The local whose address tells where the frame is. Shared with nothing: a local whose address is taken lives in
    /// memory.
    /// </summary>
    public int GuardLocal => guardLocal >= 0 ? guardLocal : guardLocal = compiler.Temps.Add(CilType.I32);

    /// <summary>Ends the method of a function and adds it to the fragment.</summary>
    public void EndFunction(int function, string name, FunctionType type, bool mustInline)
    {
        var frame = EstimatedFrame() * 2;
        if (JitLimits.Exceeds(compiler.Il.Position, compiler.Temps.Types.Count)) frame += compiler.Waiting.Bytes;
        if (frame < LargeFrameBytes * 2)
        {
            AddMethod(MethodUse.Function, mustInline ? MethodImplAttributes.AggressiveInlining : Tiers(), name, type, function, EndBody(HasCalls));
            return;
        }

        var extra = EndExtra(name, type, function);
        var stub = LargeFrameStub(compiler.Fragment.ExtraToken(extra), frame, type);
        compiler.Fragment.AddMethod(MethodUse.Function, MethodImplAttributes.IL, name, type, stub, default);
    }

    /// <summary>Ends a method that is no function of the guest, or that a stub calls; returns its number in the fragment.</summary>
    public int EndExtra(string name, FunctionType type, int function) =>
        AddMethod(MethodUse.Extra, Tiers(), name, type, function, EndBody(false));

    private int AddMethod(MethodUse use, MethodImplAttributes implementation, string name, FunctionType type, int function, FragmentBody body) =>
        compiler.Fragment.AddMethod(use, implementation, name, type, body, compiler.Fragment.Offsets.End(body.PrologueBytes, function));

    /// <summary>
    /// Which functions the runtime's tiers pass over, where it has them. The others are compiled quickly first and wait there for
    /// a tenth of a second without new functions. That is long for a short loop, and of code for a large function it is the
    /// second in which it spends more than in running it: the JIT compiler optimizes neither.
    /// </summary>
    private MethodImplAttributes Tiers()
    {
        if (!compiler.Options.Tiered) return MethodImplAttributes.IL;
        var isLarge = JitLimits.Exceeds(compiler.Il.Position, compiler.Temps.Types.Count);
        var isOptimized = isLarge ? compiler.Scan.HasLoops : compiler.Scan.Repeated.Count > 0 && compiler.Il.Position <= SmallBody;
        return isOptimized ? MethodImplAttributes.AggressiveOptimization : MethodImplAttributes.IL;
    }

    /// <summary>
    /// Vectors get their zeros from memory. Where a local is only used as a mask, RyuJIT (.NET 10, with AVX-512) keeps it
    /// in a mask register and forgets that it starts at zero. It does not forget a value that it cannot know.
    /// </summary>
    private void InitializeVectors()
    {
        for (var i = 0; i < DeclaredLocals; i++)
        {
            if (compiler.Temps.Types[i] != CilType.V128) continue;
            prologue.LoadArgument(compiler.Type.Parameters.Length);
            prologue.Op(ILOpCode.Ldflda, compiler.Fragment.Token(Members.ZeroVector));
            prologue.Op(ILOpCode.Ldobj, compiler.Fragment.Token(typeof(System.Runtime.Intrinsics.Vector128<byte>)));
            prologue.StoreLocal(i);
        }
    }

    private int EstimatedFrame()
    {
        var bytes = (compiler.Validator.MaximumCount + ScratchSlots) * 8;
        foreach (var local in compiler.Temps.Types) bytes += local is CilType.V128 or >= CilType.FirstTuple ? 16 : 8;
        return bytes;
    }

    private FragmentBody EndBody(bool checkStack)
    {
        var il = compiler.Il;
        foreach (var trampoline in Trampolines) trampoline();
        foreach (var pending in pendingThrows)
        {
            il.Mark(pending.Label);
            il.LoadLocal(pending.ExceptionTemp);
            il.Op(ILOpCode.Throw);
        }

        il.ResolveBranches();
        prologue.Clear();
        if (checkStack) EmitStackCheck(GuardLocal, 0);
        foreach (var (kind, memory, local) in filled)
        {
            prologue.LoadArgument(compiler.Type.Parameters.Length);
            prologue.Op(ILOpCode.Ldfld, compiler.Fragment.InstanceField(kind, memory));
            prologue.StoreLocal(local);
        }

        for (var i = 0; i < compiler.Type.Parameters.Length; i++)
        {
            if (compiler.Locals.Wide((uint)i) is not (>= 0 and var wide)) continue;
            prologue.LoadArgument(i);
            prologue.Op(ILOpCode.Conv_u);
            prologue.StoreLocal(wide);
        }

        InitializeVectors();
        compiler.Metering.EmitPrologue(prologue);
        prologue.ResolveBranches();
        var stack = compiler.Validator.MaximumCount + compiler.Type.Parameters.Length + ScratchSlots;
        return compiler.Fragment.WriteBody(prologue, il, stack, compiler.Temps.Types, regions);
    }

    private void EmitStackCheck(int local, int below)
    {
        var instance = compiler.Type.Parameters.Length;
        var enough = prologue.NewLabel();
        prologue.LoadLocalAddress(local);
        prologue.Op(ILOpCode.Conv_u);
        if (below > 0)
        {
            prologue.LoadI4(below);
            prologue.Op(ILOpCode.Sub);
        }

        prologue.LoadArgument(instance);
        // Volatile, because a tail call of the function itself becomes a loop, and the deadline must end that as well.
        prologue.Op(ILOpCode.Volatile);
        prologue.Op(ILOpCode.Ldfld, compiler.Fragment.Token(Members.StackLimit));
        prologue.Branch(ILOpCode.Bge_un, enough);
        prologue.LoadArgument(instance);
        prologue.Op(ILOpCode.Call, compiler.Fragment.Token(Members.StackExhausted));
        prologue.Op(ILOpCode.Throw);
        prologue.Mark(enough);
    }

    /// <summary>
    /// A small method that checks the stack for a large frame and calls the method that has it: the large method itself
    /// could only check once its frame is already there.
    /// </summary>
    private FragmentBody LargeFrameStub(int target, int frame, FunctionType type)
    {
        prologue.Clear();
        EmitStackCheck(0, frame);
        for (var i = 0; i <= type.Parameters.Length; i++) prologue.LoadArgument(i);
        // A tail call, so that tail calls of the guest by way of stubs take no stack either.
        prologue.Op(ILOpCode.Tail);
        prologue.Op(ILOpCode.Call, target);
        prologue.Op(ILOpCode.Ret);
        prologue.ResolveBranches();
        return compiler.Fragment.WriteBody(prologue, null, type.Parameters.Length + 8, [CilType.I32], []);
    }
}
