using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Compilation.Idioms;
using Coffer.Images;
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

    private readonly List<BlockState> states = [];
    private readonly OperandNotes notes = new();
    private readonly ValueType[] consumed = new ValueType[2];
    private readonly BriefForms? brief;
    private int parameters;
    private readonly LoopRepeater loops;
    private int simpleStart, simpleEnd;
    private int upcoming, bodyEnd;

    /// <summary>A compiler for functions of one module, which is used by one thread.</summary>
    /// <param name="module">The module, valid but for its functions and constant expressions.</param>
    /// <param name="options">How.</param>
    /// <param name="globalHasCell">Globals that have a cell of their own because other modules or the host may write them.</param>
    public FunctionCompiler(ModuleDefinition module, EngineOptions options, bool[] globalHasCell)
    {
        Module = module;
        Options = options;
        GlobalHasCell = globalHasCell;
        Validator = new FunctionValidator(module, options.Features, options.Limits);
        Temps = new Temporaries(Il);
        Waiting = new WaitingValues(Validator);
        Spills = new OperandSpills(Validator, Il, Temps, notes);
        Frame = new MethodFrame(this);
        Metering = new Metering(this);
        Locals = new WasmLocals(this, Scan);
        Bounds = new AccessBounds(this);
        loops = new LoopRepeater(this, Scan);
        if (options.Tiered) brief = new BriefForms(this);
        GuardedMemories = new bool[module.Memories.Length];
        for (var i = 0; i < GuardedMemories.Length; i++) GuardedMemories[i] = LinearMemory.UsesGuard(module.Memories[i], options.Memory);
    }

    public ModuleDefinition Module { get; }

    /// <summary>Takes what is compiled; to be set before anything is.</summary>
    public CodeFragment Fragment { get; set; } = null!;

    public EngineOptions Options { get; }

    public FunctionValidator Validator { get; }

    public CilWriter Il { get; } = new();

    /// <summary>The CIL locals.</summary>
    public Temporaries Temps { get; }

    /// <summary>Which operands are in temporaries.</summary>
    public OperandSpills Spills { get; }

    /// <summary>What operands take of the frame where nothing is optimized.</summary>
    public WaitingValues Waiting { get; }

    /// <summary>
    /// The branch that a condition on the stack takes; the other one when the condition was left the wrong way round for it.
    /// </summary>
    /// <param name="whenTrue">Whether it is to be taken when the guest's condition holds.</param>
    public ILOpCode BranchWhen(bool whenTrue) => whenTrue != (brief is not null && brief.TakeInverted()) ? ILOpCode.Brtrue : ILOpCode.Brfalse;

    /// <summary>What surrounds the body.</summary>
    public MethodFrame Frame { get; }

    /// <summary>Fuel and polls.</summary>
    public Metering Metering { get; }

    /// <summary>The locals of the guest.</summary>
    public WasmLocals Locals { get; }

    /// <summary>What was seen of the body before it is compiled.</summary>
    public BodyScan Scan { get; } = new();

    /// <summary>Which accesses need a check.</summary>
    public AccessBounds Bounds { get; }

    /// <summary>Globals that have a cell of their own because other modules or the host may write them.</summary>
    public bool[] GlobalHasCell { get; }

    /// <summary>For each memory: whether accesses beyond its end fault by themselves.</summary>
    public bool[] GuardedMemories { get; }

    /// <summary>The type of the function being compiled.</summary>
    public FunctionType Type { get; private set; } = null!;

    /// <summary>Whether the code being emitted cannot be reached; nothing is emitted then.</summary>
    public bool Dead { get; set; }

    /// <summary>The number of CIL try regions around the current position.</summary>
    public int TryDepth { get; set; }

    /// <summary>The instruction being compiled.</summary>
    public Opcode CurrentOpcode { get; private set; }

    /// <summary>The instruction before it.</summary>
    public Opcode PreviousOpcode { get; private set; }

    /// <summary>The type of the operand that a <c>drop</c> drops.</summary>
    public CilType DroppedType { get; private set; }

    /// <summary>Whether a <c>drop</c> drops a number that instructions computed, perhaps from a load.</summary>
    public bool DropsComputedNumber { get; private set; }

    /// <summary>Whether the address of the current access is a native integer already.</summary>
    public bool AddressIsWide { get; private set; }

    /// <summary>
    /// How many bytes from its address on the current access to a checked memory has to see; 0 when they were seen before, null
    /// for its own.
    /// </summary>
    public ulong? RequiredExtent { get; private set; }

    /// <summary>The bytes of the function from the next instruction on, not validated.</summary>
    public ReadOnlySpan<byte> Upcoming => Module.Bytes.Span[upcoming..bodyEnd];

    /// <summary>The length of the body.</summary>
    public int BodyBytes { get; private set; }

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

        Begin(type, function);
        BodyBytes = declaration.Body.Length;
        Validator.BeginFunction(function, type, reader.Offset);
        LocalDeclarations.Read(ref reader, this, function);
        Frame.DeclaredLocals = Temps.Types.Count;
        Validator.EndLocals(parameters);

        Scan.Run(reader, this);
        Locals.Widen();
        Bounds.Begin(reader);
        var product = FindProduct(reader);
        CompileBody(ref reader);
        if (!reader.AtEnd) throw new MalformedException("section size mismatch: operators remaining after end of function", reader.Offset);
        if (product is not null)
        {
            Il.Clear();
            Frame.ClearBody();
            WideProduct.Emit(this, product);
        }

        Frame.EndFunction(function, name, type, mustInline: product is not null);
    }

    private WideProduct.Body? FindProduct(WasmReader body) => Module.Memories is not [{ Limits.Is64: false }, ..]
        ? null
        : WideProduct.Find(Type, new InstructionReader(body, Module.Types.AsSpan(), Options.Features), Validator.Locals.Count);

    /// <summary>
    /// Compiles a constant expression into an extra method that returns its value; returns the method's number in the fragment, or
    /// -1 with <paramref name="value"/> when the expression is a single constant.
    /// </summary>
    public int CompileConstant(ByteRange expression, ValueType type, int visibleGlobals, out ConstantValue value)
    {
        var reader = new WasmReader(Module.Bytes.Span, expression);
        var simple = reader;
        if (SimpleConstant.Read(ref simple) is { } constant && constant.NumberKind == type.Kind && simple.AtEnd)
        {
            // As nearly all are: some modules have tens of thousands of segments.
            value = ConstantValue.Of(constant);
            return -1;
        }

        var function = new FunctionType([], [type]);
        Begin(function, -1);
        value = ConstantValue.Read(Module, expression);
        Validator.BeginConstant(type, visibleGlobals, reader.Offset);
        Validator.EndLocals(0);
        CompileBody(ref reader);
        if (!reader.AtEnd) throw new MalformedException("unexpected end of constant expression: operators remaining", reader.Offset);
        return value.IsKnown ? -1 : Frame.EndExtra($"constant@{expression.Offset:x}", function, -1);
    }

    private void Begin(FunctionType type, int function)
    {
        Type = type;
        parameters = type.Parameters.Length;
        Il.Clear();
        Temps.Clear();
        Spills.Clear();
        Frame.Clear();
        Metering.Begin(function);
        Scan.Clear();
        loops.Clear();
        Locals.Clear();
        Bounds.Stop();
        Dead = false;
        TryDepth = 0;
        simpleStart = simpleEnd = -1;
    }

    private void CompileBody(ref WasmReader cursor)
    {
        var reader = new InstructionReader(cursor, Module.Types.AsSpan(), Options.Features);
        var instruction = default(Instruction);
        bodyEnd = cursor.End;
        StateOf(Validator.Top).Reset();
        Waiting.Clear();
        while (Validator.Depth > 0)
        {
            reader.Read(ref instruction);
            upcoming = reader.Reader.Position;
            Metering.Count();
            if (!Dead) Fragment.Offsets.Add(Il.Position, instruction.Offset);
            PreviousOpcode = CurrentOpcode;
            CurrentOpcode = instruction.Opcode;
            if (CurrentOpcode == Opcode.End && loops.IsAtEnd)
            {
                if (loops.Repeat(ref instruction, ref reader.Reader)) continue;
                ControlEmitter.Step(this, ref instruction);
                loops.End();
                continue;
            }

            var (operands, pushes, position) = (Validator.Count, Validator.Pushes, Il.Position);

            if (!instruction.Info.IsSpecial) StepPlain(in instruction);
            else if (VariableEmitter.Handles(CurrentOpcode)) StepVariable(in instruction);
            else if (!ControlEmitter.Step(this, ref instruction)) StepOther(in instruction);
            if (CurrentOpcode == Opcode.Loop) loops.Begin(in instruction, in reader.Reader);
            if (!Dead) Waiting.Add(operands, Validator.Pushes - pushes, Il.Position - position, CurrentOpcode);
        }

        cursor = reader.Reader;
    }

    /// <summary>An instruction whose operands and results its row of the opcode table tells.</summary>
    private void StepPlain(ref readonly Instruction instruction)
    {
        Reload();
        var (info, opcode, end) = (instruction.Info, instruction.Opcode, Validator.Count);
        var depth = Dead ? 0 : notes.DepthOver(end - info.OperandKinds.Length, end);
        var (left, right) = (notes.OriginOf(end - 2), notes.OriginOf(end - 1));
        var address = info.Width > 0 ? notes.NarrowingOf(end - info.OperandKinds.Length) : 0;
        Validator.Step(in instruction);
        if (Dead) return;
        var value = Bounds.IsActive ? Follow(in instruction) : default;
        AddressIsWide = address > 0 && GuardedMemories[instruction.Index];
        if (AddressIsWide) Il.Erase(address);
        if (IdentityEmitter.MayVanish(opcode, left, right)) IdentityEmitter.Guard(this, opcode);
        if (info.Width > 0) MemoryEmitter.Emit(this, in instruction);
        else if (info.Immediates == ImmediateShape.Memory) BulkEmitter.EmitMemory(this, in instruction);
        else if (info.Immediates is ImmediateShape.Data or ImmediateShape.Element) BulkEmitter.EmitDrop(this, in instruction);
        else if (brief is null || !brief.TryEmit(in instruction, depth)) NumericEmitter.Emit(this, in instruction);
        var rotates = RotationGuard.MayRotate(opcode, left, right);
        if (rotates) RotationGuard.Emit(this, opcode);
        var origin = rotates ? OperandOrigin.Rotation
            : IdentityEmitter.IsOne(in instruction) ? OperandOrigin.One : RotationGuard.OriginOf(opcode, left, right);
        for (var i = info.ResultKinds.Length; i > 1; i--) notes.Set(Validator.Count - i, 1, OperandOrigin.Elsewhere);
        NoteTop(info.Width > 0 ? depth + 1 : depth, origin);
        RequiredExtent = null;
        if (value != default) notes.SetValue(Validator.Count - 1, value);
    }

    /// <summary>Says what an access has to see, and what is known of a result.</summary>
    private OperandValue Follow(ref readonly Instruction instruction)
    {
        // The validator has taken the operands and put the result in their place, of which nothing is noted yet.
        var first = Validator.Count - instruction.Info.ResultKinds.Length;
        if (instruction.Info.Width > 0 && !MemoryEmitter.ChecksItself(instruction.Opcode))
            RequiredExtent = Bounds.Require(in instruction, notes.ValueOf(first));
        var last = first + instruction.Info.OperandKinds.Length - 1;
        return OperandValues.Of(in instruction, last > first ? notes.ValueOf(last - 1) : default, last >= first ? notes.ValueOf(last) : default);
    }

    private void StepVariable(ref readonly Instruction instruction)
    {
        Reload();
        var top = Validator.Count - 1;
        if (!Dead && instruction.Opcode == Opcode.Drop && top >= 0)
        {
            DroppedType = CilTypes.Of(Validator.Operand(top));
            DropsComputedNumber = DroppedType != CilType.Object && notes.DepthOf(top) > 1
                && PreviousOpcode is not (Opcode.Call or Opcode.CallIndirect or Opcode.CallRef or Opcode.LocalTee);
        }

        var operand = notes.ValueOf(top);
        var isRotation = notes.OriginOf(top) == OperandOrigin.Rotation;
        Validator.Step(in instruction);
        if (Dead) return;
        var isLocal = instruction.Opcode is >= Opcode.LocalGet and <= Opcode.LocalTee;
        if (isLocal) Locals.Emit(in instruction, isRotation);
        else VariableEmitter.Emit(this, in instruction);
        if (instruction.Opcode is Opcode.LocalGet or Opcode.GlobalGet) NoteTop(1, OperandOrigin.Elsewhere);
        else if (instruction.Opcode is Opcode.LocalTee) NoteTop(notes.DepthOf(top) + 1, OperandOrigin.Elsewhere);
        else if (instruction.Opcode is Opcode.Select or Opcode.SelectTyped) NoteTop(notes.DepthOver(top - 2, top + 1), OperandOrigin.Elsewhere);
        if (isLocal && Bounds.IsActive)
        {
            var value = instruction.Opcode == Opcode.LocalGet ? Bounds.Read(instruction.Index) : Bounds.Write(instruction.Index, operand);
            if (instruction.Opcode != Opcode.LocalSet) notes.SetValue(Validator.Count - 1, value);
        }

        if (isLocal && Locals.Narrowing > 0) notes.SetNarrowing(Validator.Count - 1, Locals.Narrowing);
    }

    private void StepOther(ref readonly Instruction instruction)
    {
        Reload();
        if (instruction.Info.Feature == Features.Gc) KeepConsumed();
        var before = Validator.Count;
        var pushes = Validator.Pushes;
        Validator.Step(in instruction);
        if (Dead) return;
        if (!CallEmitter.Emit(this, in instruction) && !ReferenceEmitter.Emit(this, in instruction)
            && !BulkEmitter.Emit(this, in instruction) && !GcEmitter.Emit(this, in instruction))
        {
            throw new System.Diagnostics.UnreachableException(instruction.Info.Mnemonic);
        }

        if (CurrentOpcode is >= Opcode.MemoryInit and <= Opcode.TableFill or >= Opcode.ArrayFill and <= Opcode.ArrayInitElem) Metering.EndLongInstruction();
        pushes = Validator.Pushes - pushes;
        for (var i = Validator.Count - pushes; i < Validator.Count - 1; i++) notes.Set(i, 1, OperandOrigin.Elsewhere);
        if (pushes > 0) NoteTop(notes.DepthOver(Validator.Count - pushes, before), OperandOrigin.Elsewhere);
    }

    private void NoteTop(int depth, OperandOrigin origin)
    {
        var top = Validator.Count - 1;
        if (top < 0) return;
        if (depth > MaximumExpressionDepth)
        {
            var temp = Temps.Take(CilTypes.Of(Validator.Operand(top)));
            Il.StoreLocal(temp);
            Il.LoadLocal(temp);
            Temps.Free(temp);
            (depth, origin) = (1, OperandOrigin.Elsewhere);
        }

        notes.Set(top, depth, origin);
    }

    /// <summary>
    /// The type of an operand that the current garbage collection instruction took, counted from the top of the stack.
    /// </summary>
    public ValueType Consumed(int operand) => consumed[operand];

    private void KeepConsumed()
    {
        for (var i = 0; i < consumed.Length && i < Validator.Count; i++) consumed[i] = Validator.Operand(Validator.Count - 1 - i);
    }

    /// <summary>Moves all operands into temporaries, so that the CIL stack is empty.</summary>
    public void SpillAll()
    {
        if (!Dead) Spills.SpillAll();
    }

    /// <summary>Returns the operands of the innermost block to the CIL stack.</summary>
    public void Reload()
    {
        if (!Dead) Spills.Reload();
    }

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

        // A NaN calls something, whose token is put in where it stands now.
        if (Il.Symbols is [.., var last] && last >= simpleStart) return 0;
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
        Il.Op(ILOpCode.Ldfld, Fragment.InstanceField(kind, index));
    }

    public void Call(System.Reflection.MethodBase method) => Il.Op(ILOpCode.Call, Fragment.Token(method));

    /// <summary>Emits a trap; the code after it is dead.</summary>
    public void EmitTrap(string kind)
    {
        Call(Members.Method(typeof(Trap), kind));
        Il.Op(ILOpCode.Ldnull);
        Il.Op(ILOpCode.Throw);
    }
}
