using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Runtime;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation;

/// <summary>
/// Validates and translates function bodies, one instruction at a time: decode, validate, emit. The wasm operand stack
/// is the CIL evaluation stack, except across labels, where CIL is simplest when it is empty: entering a block moves
/// the operands below it into temporaries ("spilled"), and they return when they are next needed.
/// </summary>
internal sealed class FunctionCompiler
{
    // A deeper expression is cut by a temporary, so that the JIT compiler's recursion stays shallow.
    private const int MaximumExpressionDepth = 200;

    // The mark of an operand that is the constant 1.
    private const int IdentityDepth = -1;

    // A method whose frame may be larger is entered through a stub that checks the stack first.
    private const int LargeFrameBytes = 16 << 10;

    private readonly List<CilType> locals = [];
    private readonly Stack<int>[] free;
    private int[] spillTemps = new int[64];
    private int[] expressionDepth = new int[64];
    private int spilled;
    private int parameters;
    private readonly int[] memoryBases;
    private readonly List<int> usedMemoryBases = [];
    private readonly List<ExceptionRegion> regions = [];
    private readonly List<PendingThrow> pendingThrows = [];
    private readonly CilWriter prologue = new();
    private readonly OffsetMapWriter offsets;
    private readonly List<BlockState> states = [];
    private readonly HashSet<int> lasting = [];
    private bool isIdentity;
    private int simpleStart, simpleEnd;
    private int fuelPatch;
    private int fuel;
    private int guardLocal;
    private readonly ValueType[] consumed = new ValueType[2];

    public FunctionCompiler(ModuleDefinition module, ImageBuilder image, EngineOptions options, OffsetMapWriter offsets)
    {
        Module = module;
        Image = image;
        Options = options;
        this.offsets = offsets;
        Validator = new FunctionValidator(module, options.Features, options.Limits);
        free = new Stack<int>[(int)CilType.FirstTuple];
        for (var i = 0; i < free.Length; i++) free[i] = new Stack<int>();
        Calls = new CallGraph(module.Functions.Length, module.ImportedFunctions);
        memoryBases = new int[module.Memories.Length];
        GuardedMemories = [.. module.Memories.Select(memory => LinearMemory.UsesGuard(memory, options.Memory))];
    }

    public ModuleDefinition Module { get; }

    public ImageBuilder Image { get; }

    public EngineOptions Options { get; }

    public FunctionValidator Validator { get; }

    public CilWriter Il { get; } = new();

    /// <summary>For each memory: whether accesses beyond its end fault by themselves.</summary>
    public bool[] GuardedMemories { get; }

    /// <summary>The type of the function being compiled.</summary>
    public FunctionType Type { get; private set; } = null!;

    /// <summary>Whether the code being emitted cannot be reached; nothing is emitted then.</summary>
    public bool Dead { get; set; }

    /// <summary>The number of CIL try regions around the current position.</summary>
    public int TryDepth { get; set; }

    /// <summary>Whether the function calls anything, so that it must check its stack.</summary>
    public bool HasCalls { get; set; }

    /// <summary>Where returns inside try regions go; -1 when there are none.</summary>
    public int ReturnLabel { get; private set; }

    /// <summary>The direct calls of all functions compiled so far.</summary>
    public CallGraph Calls { get; }

    /// <summary>Code to be emitted after the body, outside all try regions.</summary>
    public List<Action> Trampolines { get; } = [];

    /// <summary>What is kept about an open block. Reused; whoever enters a block resets it.</summary>
    public BlockState StateOf(ControlFrame frame)
    {
        while (states.Count <= frame.Index) states.Add(new BlockState());
        return states[frame.Index];
    }

    /// <summary>Compiles one function body.</summary>
    public void CompileFunction(int function, string name)
    {
        var declaration = Module.Functions[function];
        var type = Module.FunctionTypeOf(function);
        var reader = new WasmReader(Module.Bytes.Span, declaration.Body);
        if (declaration.Body.Length > Options.Limits.FunctionBytes)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit,
                $"the body of function {function} has {declaration.Body.Length} bytes, more than the limit of {Options.Limits.FunctionBytes} (ModuleLimits.FunctionBytes)");
        }

        Begin(type);
        Calls.BeginFunction(function);
        Validator.BeginFunction(function, type, reader.Offset);
        ReadLocals(ref reader, function);
        CompileBody(ref reader);
        if (!reader.AtEnd) throw new MalformedException("section size mismatch: operators remaining after end of function", reader.Offset);
        FinishFunction(function, name, type);
    }

    /// <summary>
    /// Compiles a constant expression into an extra method that returns its value; returns the method's number, or -1
    /// with <paramref name="value"/> when the expression is a single constant.
    /// </summary>
    public int CompileConstant(ByteRange expression, ValueType type, int visibleGlobals, out ConstantValue value)
    {
        var function = new FunctionType([], [type]);
        Begin(function);
        var reader = new WasmReader(Module.Bytes.Span, expression);
        value = ConstantValue.Read(Module, expression);
        Validator.BeginConstant(type, visibleGlobals, reader.Offset);
        Validator.EndLocals(0);
        CompileBody(ref reader);
        if (!reader.AtEnd) throw new MalformedException("unexpected end of constant expression: operators remaining", reader.Offset);
        if (value.IsKnown) return -1;
        var extra = Image.AddExtra($"constant@{expression.Offset:x}", function, FinishBody(false));
        offsets.EndExtra(prologue.Position, -1, extra);
        return extra;
    }

    private void Begin(FunctionType type)
    {
        Type = type;
        parameters = type.Parameters.Length;
        Il.Clear();
        locals.Clear();
        foreach (var pool in free) pool.Clear();
        Array.Fill(memoryBases, -1);
        usedMemoryBases.Clear();
        regions.Clear();
        pendingThrows.Clear();
        lasting.Clear();
        isIdentity = false;
        Trampolines.Clear();
        spilled = 0;
        Dead = HasCalls = false;
        TryDepth = 0;
        ReturnLabel = guardLocal = -1;
        simpleStart = simpleEnd = -1;
        fuelPatch = -1;
        fuel = 0;
        offsets.Begin();
    }

    private void ReadLocals(ref WasmReader reader, int function)
    {
        var groups = reader.ReadCount(int.MaxValue, "groups of locals");
        CountLocals(reader, groups, function);
        for (var i = 0; i < groups; i++)
        {
            var start = reader.Offset;
            var count = reader.ReadU32();
            Validator.Offset = start;
            var type = Validator.Value(reader.ReadValueType(Module.Types.AsSpan()));

            FeatureGate.Require(type, Options.Features, start, function);
            for (var n = 0u; n < count; n++)
            {
                Validator.Locals.Add(type);
                locals.Add(CilTypes.Of(type));
            }
        }

        Validator.EndLocals(parameters);
    }

    /// <summary>Too many for the format is malformed, too many for us a limit; both before anything is allocated.</summary>
    private void CountLocals(WasmReader reader, int groups, int function)
    {
        var total = (ulong)parameters;
        for (var i = 0; i < groups; i++)
        {
            var start = reader.Offset;
            total += reader.ReadU32();
            if (total > uint.MaxValue) throw new MalformedException("too many locals", start);
            reader.ReadValueType(Module.Types.AsSpan());
        }

        if (total <= (ulong)Options.Limits.Locals) return;
        throw new ExhaustionException(
            ExhaustionKind.ModuleLimit,
            $"function {function} has {total} locals, more than the limit of {Options.Limits.Locals} (ModuleLimits.Locals)");
    }

    private void CompileBody(ref WasmReader cursor)
    {
        var reader = new InstructionReader(cursor, Module.Types.AsSpan(), Options.Features);
        var instruction = default(Instruction);
        StateOf(Validator.Top).Reset();
        BeginSegment();
        while (Validator.Depth > 0)
        {
            reader.Read(ref instruction);
            fuel++;
            if (!Dead) offsets.Add(Il.Position, instruction.Offset);
            Step(ref instruction);
        }

        cursor = reader.Reader;
    }

    /// <summary>The type of the operand that a <c>drop</c> drops.</summary>
    public CilType DroppedType { get; private set; }

    /// <summary>Whether a <c>drop</c> drops a number that instructions computed, perhaps from a load.</summary>
    public bool DropsComputedNumber { get; private set; }

    /// <summary>The instruction being compiled.</summary>
    public Opcode CurrentOpcode { get; private set; }

    private void Step(ref Instruction instruction)
    {
        var previous = CurrentOpcode;
        CurrentOpcode = instruction.Opcode;
        if (instruction.Info.IsSpecial)
        {
            if (ControlEmitter.Step(this, ref instruction)) return;
            Reload();
            if (!Dead && instruction.Opcode == Opcode.Drop && Validator.Count > 0)
            {
                var top = Validator.Count - 1;
                DroppedType = CilTypes.Of(Validator.Operand(top));
                DropsComputedNumber = DroppedType != CilType.Object && top < expressionDepth.Length && expressionDepth[top] > 1
                    && previous is not (Opcode.Call or Opcode.CallIndirect or Opcode.CallRef or Opcode.LocalTee);
            }

            if (instruction.Info.Feature == Features.Gc) KeepConsumed();
            var before = Validator.Count;
            var pushes = Validator.Pushes;
            Validator.Step(in instruction);
            if (Dead) return;
            if (!VariableEmitter.Emit(this, in instruction) && !CallEmitter.Emit(this, in instruction)
                && !ReferenceEmitter.Emit(this, in instruction) && !BulkEmitter.Emit(this, in instruction)
                && !GcEmitter.Emit(this, in instruction))
            {
                throw new System.Diagnostics.UnreachableException(instruction.Info.Mnemonic);
            }

            pushes = Validator.Pushes - pushes;
            if (pushes > 0) LimitDepth(DepthOfOperands(Validator.Count - pushes, before));
            return;
        }

        Reload();
        var depth = Dead ? 0 : DepthOfOperands(Validator.Count - instruction.Info.OperandTypes.Length, Validator.Count);
        var identity = !Dead && instruction.Opcode is Opcode.F32Mul or Opcode.F64Mul && (IsIdentity(0) || IsIdentity(1));
        Validator.Step(in instruction);
        if (Dead) return;
        if (identity || instruction.Opcode is Opcode.F32Sub or Opcode.F64Sub or Opcode.F32Div or Opcode.F64Div) IdentityEmitter.Guard(this, instruction.Opcode);
        if (instruction.Info.Width > 0) MemoryEmitter.Emit(this, in instruction);
        else if (instruction.Info.Immediates == ImmediateShape.Memory) BulkEmitter.EmitMemory(this, in instruction);
        else if (instruction.Info.Immediates is ImmediateShape.Data or ImmediateShape.Element) BulkEmitter.EmitDrop(this, in instruction);
        else NumericEmitter.Emit(this, in instruction);
        LimitDepth(instruction.Info.Width > 0 ? depth + 1 : depth);
    }

    /// <summary>
    /// The type of an operand that the current garbage collection instruction took, counted from the top of the stack.
    /// </summary>
    public ValueType Consumed(int operand) => consumed[operand];

    private void KeepConsumed()
    {
        for (var i = 0; i < consumed.Length && i < Validator.Count; i++) consumed[i] = Validator.Operand(Validator.Count - 1 - i);
    }

    // Expression depth

    private int DepthOfOperands(int first, int end)
    {
        var depth = 0;
        for (var i = Math.Max(first, 0); i < end; i++)
        {
            if (i < expressionDepth.Length) depth = Math.Max(depth, expressionDepth[i]);
        }

        return depth + 1;
    }

    /// <summary>Marks the top operand as a constant with which arithmetic must not be folded.</summary>
    public void MarkIdentity() => isIdentity = true;

    /// <summary>Whether an operand, counted from the top before the current instruction, is such a constant.</summary>
    public bool IsIdentity(int fromTop) =>
        Validator.Count - 1 - fromTop is var index and >= 0 && index < expressionDepth.Length && expressionDepth[index] == IdentityDepth;

    private void LimitDepth(int depth)
    {
        if (depth > MaximumExpressionDepth && Validator.Count > 0)
        {
            var temp = TakeTemp(CilTypes.Of(Validator.Operand(Validator.Count - 1)));
            Il.StoreLocal(temp);
            Il.LoadLocal(temp);
            FreeTemp(temp);
            depth = 1;
        }

        SetDepth(depth);
    }

    private void SetDepth(int depth)
    {
        var top = Validator.Count - 1;
        if (top < 0) return;
        if (top >= expressionDepth.Length) Array.Resize(ref expressionDepth, Math.Max(top + 1, expressionDepth.Length * 2));
        expressionDepth[top] = isIdentity ? IdentityDepth : depth;
        isIdentity = false;
    }

    // Temporaries

    public int TakeTemp(CilType type)
    {
        if (type < CilType.FirstTuple && free[(int)type].TryPop(out var temp)) return temp;
        locals.Add(type);
        if (locals.Count > ushort.MaxValue)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit, $"function {Validator.Function} needs more than {ushort.MaxValue} locals and temporaries");
        }

        return locals.Count - 1;
    }

    public void FreeTemp(int temp)
    {
        var type = locals[temp];
        if (type < CilType.FirstTuple && !lasting.Contains(temp)) free[(int)type].Push(temp);
    }

    /// <summary>Keeps a temporary taken until the end of the function, whoever frees it.</summary>
    public void TakeTempOut(int temp) => lasting.Add(temp);

    public int[] TakeTemps(System.Collections.Immutable.ImmutableArray<ValueType> types)
    {
        var temps = new int[types.Length];
        for (var i = 0; i < temps.Length; i++) temps[i] = TakeTemp(CilTypes.Of(types[i]));
        return temps;
    }

    /// <summary>Moves the top values of the CIL stack into temporaries, which hold them in order.</summary>
    public int[] StoreTemps(System.Collections.Immutable.ImmutableArray<ValueType> types)
    {
        var temps = TakeTemps(types);
        for (var i = temps.Length - 1; i >= 0; i--) Il.StoreLocal(temps[i]);
        return temps;
    }

    public void LoadTemps(int[] temps, bool release)
    {
        foreach (var temp in temps) Il.LoadLocal(temp);
        if (release) foreach (var temp in temps) FreeTemp(temp);
    }

    // Spilling. Operands below `spilled` are in temporaries, the others on the CIL stack. Those of the innermost block
    // are either all on the stack, or all spilled.

    /// <summary>How many operands are on the CIL stack.</summary>
    public int OnStack => Validator.Count - spilled;

    /// <summary>Whether the operands of the innermost block are in temporaries.</summary>
    public bool TopIsSpilled => spilled > Validator.Top.Height;

    /// <summary>Moves all operands into temporaries, so that the CIL stack is empty.</summary>
    public void SpillAll()
    {
        if (Dead) return;
        var count = Validator.Count;
        if (count > spillTemps.Length) Array.Resize(ref spillTemps, Math.Max(count, spillTemps.Length * 2));
        for (var i = count - 1; i >= spilled; i--)
        {
            var temp = TakeTemp(CilTypes.Of(Validator.Operand(i)));
            Il.StoreLocal(temp);
            spillTemps[i] = temp;
        }

        spilled = Math.Max(spilled, count);
    }

    /// <summary>Returns the operands of the innermost block to the CIL stack.</summary>
    public void Reload()
    {
        var height = Validator.Top.Height;
        if (Dead || spilled <= height) return;
        var top = Math.Min(spilled, Validator.Count);
        for (var i = height; i < top; i++)
        {
            var temp = spillTemps[i];
            Il.LoadLocal(temp >= 0 ? temp : ~temp);
            if (temp >= 0) FreeTemp(temp);
            if (i < expressionDepth.Length) expressionDepth[i] = 1;
        }

        spilled = height;
    }

    /// <summary>Loads a spilled top operand alone, for a consumer that spills the rest anyway.</summary>
    public void ReloadTop()
    {
        spilled--;
        var temp = spillTemps[spilled];
        Il.LoadLocal(temp >= 0 ? temp : ~temp);
        if (temp >= 0) FreeTemp(temp);
    }

    /// <summary>The temporary of a spilled operand; it stays taken when the operand is reloaded.</summary>
    public int KeepSpill(int operand)
    {
        var temp = spillTemps[operand];
        if (temp >= 0) spillTemps[operand] = ~temp;
        return temp >= 0 ? temp : ~temp;
    }

    /// <summary>Forgets spilled operands above <paramref name="height"/>.</summary>
    public void DropSpills(int height)
    {
        for (var i = height; i < spilled; i++)
        {
            if (spillTemps[i] >= 0) FreeTemp(spillTemps[i]);
        }

        spilled = Math.Min(spilled, height);
    }

    /// <summary>Says that the operands from <paramref name="height"/> on are in <paramref name="temps"/>.</summary>
    public void SetSpilled(int height, int[] temps, bool keep)
    {
        if (height + temps.Length > spillTemps.Length) Array.Resize(ref spillTemps, Math.Max(height + temps.Length, spillTemps.Length * 2));
        for (var i = 0; i < temps.Length; i++) spillTemps[height + i] = keep ? ~temps[i] : temps[i];
        spilled = height + temps.Length;
    }

    /// <summary>Says that operands above <paramref name="height"/> are on the CIL stack.</summary>
    public void SetOnStack(int height) => spilled = height;

    // Simple values: a push of one instruction that can be taken back and repeated after something else.

    /// <summary>Marks the bytes from <paramref name="start"/> to here as a simple push.</summary>
    public void MarkSimple(int start)
    {
        simpleStart = start;
        simpleEnd = Il.Position;
    }

    /// <summary>Takes back the last push when it is simple; returns its bytes, or none.</summary>
    public int TakeSimple(Span<byte> bytes)
    {
        if (simpleEnd != Il.Position || simpleStart < Il.LastMark || simpleStart < 0) return 0;
        var length = simpleEnd - simpleStart;
        Il.Code[simpleStart..].CopyTo(bytes);
        Il.Rewind(simpleStart);
        simpleEnd = -1;
        return length;
    }

    // Pieces that emitters share

    public void LoadInstance() => Il.LoadArgument(parameters);

    public void LoadField(FieldKind kind, int index)
    {
        LoadInstance();
        Il.Op(ILOpCode.Ldfld, Image.InstanceField(kind, index));
    }

    public void LoadMemoryBase(uint memory)
    {
        if (memoryBases[memory] < 0)
        {
            memoryBases[memory] = TakeTemp(CilType.NativeInt);
            usedMemoryBases.Add((int)memory);
        }

        Il.LoadLocal(memoryBases[memory]);
    }

    public void Call(System.Reflection.MethodBase method) => Il.Op(ILOpCode.Call, Image.Token(method));

    /// <summary>Emits a trap; the code after it is dead.</summary>
    public void EmitTrap(string kind)
    {
        Call(Members.Method(typeof(Trap), kind));
        Il.Op(ILOpCode.Ldnull);
        Il.Op(ILOpCode.Throw);
    }

    public void LoadLocal(uint index)
    {
        var start = Il.Position;
        if (index < (uint)parameters) Il.LoadArgument((int)index);
        else Il.LoadLocal((int)index - parameters);
        MarkSimple(start);
    }

    public void StoreLocal(uint index)
    {
        if (index < (uint)parameters) Il.StoreArgument((int)index);
        else Il.StoreLocal((int)index - parameters);
    }

    /// <summary>A label for returns from inside try regions; its values are in the outermost block's temporaries.</summary>
    public int RequireReturnLabel()
    {
        if (ReturnLabel < 0) ReturnLabel = Il.NewLabel();
        return ReturnLabel;
    }

    /// <summary>The number of try regions that are complete.</summary>
    public int RegionCount => regions.Count;

    public void AddRegion(ExceptionRegion region) => regions.Add(region);

    public void AddPendingThrow(PendingThrow pending) => pendingThrows.Add(pending);

    /// <summary>
    /// The local whose address tells where the frame is. Shared with nothing: a local whose address is taken lives in
    /// memory.
    /// </summary>
    public int GuardLocal
    {
        get
        {
            if (guardLocal >= 0) return guardLocal;
            locals.Add(CilType.I32);
            return guardLocal = locals.Count - 1;
        }
    }

    /// <summary>Begins a stretch of code that runs as a whole, for which fuel is charged at once.</summary>
    public void BeginSegment()
    {
        if (!Options.ConsumeFuel) return;
        if (fuelPatch >= 0) Il.Patch(fuelPatch, fuel);
        fuel = 0;
        fuelPatch = -1;
        if (Dead || Validator.IsConstant) return;
        LoadInstance();
        fuelPatch = Il.LoadI4Later();
        Call(Members.Method(typeof(GuestInstance), nameof(GuestInstance.Burn)));
    }

    /// <summary>Emits a check whether the guest must stop. The CIL stack is empty.</summary>
    public void EmitPoll()
    {
        if (!Options.Interruptible || Validator.IsConstant) return;
        var skip = Il.NewLabel();
        LoadInstance();
        Il.Op(ILOpCode.Volatile);
        Il.Op(ILOpCode.Ldfld, Image.Token(Members.Field<GuestInstance>(nameof(GuestInstance.Interrupt))));
        Il.Branch(ILOpCode.Brfalse, skip);
        LoadInstance();
        Call(Members.Method(typeof(GuestInstance), nameof(GuestInstance.Interrupted)));
        Il.Op(ILOpCode.Throw);
        Il.Mark(skip);
    }

    private void FinishFunction(int function, string name, FunctionType type)
    {
        var frame = EstimatedFrame();
        if (frame < LargeFrameBytes)
        {
            Image.AddFunction(name, type, FinishBody(HasCalls));
            offsets.EndFunction(prologue.Position, function);
            return;
        }

        var extra = Image.AddExtra(name, type, FinishBody(false));
        offsets.EndExtra(prologue.Position, function, extra);
        Image.AddFunction(name, type, LargeFrameStub(Image.ExtraToken(extra), frame, type));
    }

    private int EstimatedFrame()
    {
        var bytes = (Validator.MaximumCount + 32) * 8;
        foreach (var local in locals) bytes += local is CilType.V128 or >= CilType.FirstTuple ? 16 : 8;
        return bytes;
    }

    private int FinishBody(bool checkStack)
    {
        foreach (var trampoline in Trampolines) trampoline();
        foreach (var pending in pendingThrows)
        {
            Il.Mark(pending.Label);
            Il.LoadLocal(pending.ExceptionTemp);
            Il.Op(ILOpCode.Throw);
        }

        if (fuelPatch >= 0) Il.Patch(fuelPatch, fuel);
        Il.ResolveBranches();
        prologue.Clear();
        if (checkStack) EmitStackCheck(GuardLocal, 0);
        foreach (var memory in usedMemoryBases)
        {
            prologue.LoadArgument(parameters);
            prologue.Op(ILOpCode.Ldfld, Image.InstanceField(FieldKind.MemoryBase, memory));
            prologue.StoreLocal(memoryBases[memory]);
        }

        prologue.ResolveBranches();
        return Image.AddBody(prologue.Code, Il.Code, Validator.MaximumCount + Type.Parameters.Length + 32, locals, regions);
    }

    private void EmitStackCheck(int local, int below)
    {
        var enough = prologue.NewLabel();
        prologue.LoadLocalAddress(local);
        prologue.Op(ILOpCode.Conv_u);
        if (below > 0)
        {
            prologue.LoadI4(below);
            prologue.Op(ILOpCode.Sub);
        }

        prologue.LoadArgument(parameters);
        // Volatile, because a tail call of the function itself becomes a loop, and the deadline must end that as well.
        prologue.Op(ILOpCode.Volatile);
        prologue.Op(ILOpCode.Ldfld, Image.Token(Members.Field<GuestInstance>(nameof(GuestInstance.StackLimit))));
        prologue.Branch(ILOpCode.Bge_un, enough);
        prologue.LoadArgument(parameters);
        prologue.Op(ILOpCode.Call, Image.Token(Members.Method(typeof(GuestInstance), nameof(GuestInstance.StackExhausted))));
        prologue.Op(ILOpCode.Throw);
        prologue.Mark(enough);
    }

    /// <summary>
    /// A small method that checks the stack for a large frame and calls the method that has it: the large method itself
    /// could only check once its frame is already there.
    /// </summary>
    private int LargeFrameStub(int target, int frame, FunctionType type)
    {
        prologue.Clear();
        EmitStackCheck(0, frame * 2);
        for (var i = 0; i <= type.Parameters.Length; i++) prologue.LoadArgument(i);
        prologue.Op(ILOpCode.Call, target);
        prologue.Op(ILOpCode.Ret);
        prologue.ResolveBranches();
        return Image.AddBody(prologue.Code, [], type.Parameters.Length + 8, [CilType.I32], []);
    }
}
