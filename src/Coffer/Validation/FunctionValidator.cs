using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>
/// The validation algorithm (specification, appendix A.3): an operand stack and a control stack, advanced instruction
/// by instruction. The compiler reads both while it emits.
/// </summary>
internal sealed class FunctionValidator(ModuleDefinition module, Features features, ModuleLimits limits)
{
    private readonly List<ControlFrame> frames = [];
    private ControlFrame top = null!;

    // The kinds of all operands, and of those that are references the whole type: most operands are numbers, and a type
    // is six times as large as its kind.
    private ValueKind[] kinds = new ValueKind[64];
    private ValueType[] references = new ValueType[64];
    private readonly List<int> initialized = [];
    private bool[] isInitialized = [];
    private int depth;

    public ModuleDefinition Module { get; } = module;

    public Features Features { get; } = features;

    public ModuleLimits Limits { get; } = limits;

    /// <summary>The function whose body this is, or -1 for a constant expression.</summary>
    public int Function { get; private set; }

    /// <summary>Whether only constant instructions are allowed, and how many globals they may read.</summary>
    public bool IsConstant { get; private set; }

    /// <summary>In a constant expression: globals from this index on may not be read.</summary>
    public int VisibleGlobals { get; private set; }

    /// <summary>The types of parameters and locals.</summary>
    public List<ValueType> Locals { get; } = [];

    /// <summary>The number of operands.</summary>
    public int Count { get; private set; }

    /// <summary>The highest <see cref="Count"/> so far.</summary>
    public int MaximumCount { get; private set; }

    /// <summary>How many operands were ever pushed; the difference tells how many an instruction pushed.</summary>
    public int Pushes { get; private set; }

    /// <summary>Where the current instruction begins.</summary>
    public int Offset { get; set; }

    /// <summary>The number of open blocks.</summary>
    public int Depth => depth;

    /// <summary>The innermost open block.</summary>
    public ControlFrame Top => top;

    /// <summary>The type of an operand, counted from the bottom.</summary>
    public ValueType Operand(int index) =>
        kinds[index] == ValueKind.Reference ? references[index] : ValueType.Number(kinds[index]);

    /// <summary>Begins a function body: its type's parameters are the first locals.</summary>
    public void BeginFunction(int function, FunctionType type, int offset)
    {
        Begin(function, offset);
        foreach (var parameter in type.Parameters) Locals.Add(parameter);
        PushFrame(Opcode.Call, [], type.Results);
    }

    /// <summary>Begins a constant expression that must give a value of <paramref name="type"/>.</summary>
    public void BeginConstant(ValueType type, int visibleGlobals, int offset)
    {
        Begin(-1, offset);
        IsConstant = true;
        VisibleGlobals = visibleGlobals;
        PushFrame(Opcode.Call, [], [type]);
    }

    private void Begin(int function, int offset)
    {
        Function = function;
        IsConstant = false;
        Offset = offset;
        Count = MaximumCount = 0;
        depth = 0;
        Locals.Clear();
        initialized.Clear();
    }

    /// <summary>Must be called when all locals are known.</summary>
    public void EndLocals(int parameters)
    {
        if (isInitialized.Length < Locals.Count) isInitialized = new bool[Math.Max(Locals.Count, isInitialized.Length * 2)];
        for (var i = 0; i < Locals.Count; i++) isInitialized[i] = i < parameters || Locals[i].IsDefaultable;
    }

    /// <summary>Validates one instruction and applies its effect on the stacks.</summary>
    public void Step(ref readonly Instruction instruction)
    {
        var info = instruction.Info;
        Offset = instruction.Offset;
        if (IsConstant) ConstantRules.Check(this, in instruction);
        if (info.IsSpecial)
        {
            SpecialRules.Step(this, in instruction);
            return;
        }

        var address = ValueKind.I32;
        if (info.Immediates != ImmediateShape.None) address = CheckImmediates(in instruction);
        var operands = info.OperandKinds;
        for (var i = operands.Length - 1; i >= 0; i--) Pop(operands[i] == ValueKind.Bottom ? address : operands[i]);
        foreach (var kind in info.ResultKinds) Push(kind == ValueKind.Bottom ? address : kind);
    }

    /// <summary>Checks what follows the opcode; returns the address type of the memory it names, if any.</summary>
    private ValueKind CheckImmediates(ref readonly Instruction instruction)
    {
        if (instruction.Info.Width > 0) return CheckMemoryArgument(in instruction);
        switch (instruction.Info.Immediates)
        {
            case ImmediateShape.Memory:
                return Memory(instruction.Index).Limits.AddressType.Kind;
            case ImmediateShape.Lane or ImmediateShape.Shuffle:
                LaneRules.Check(this, in instruction);
                break;
            case ImmediateShape.Data:
                DataSegment(instruction.Index);
                break;
            case ImmediateShape.Element:
                ElementSegment(instruction.Index);
                break;
        }

        return ValueKind.I32;
    }

    private ValueKind CheckMemoryArgument(ref readonly Instruction instruction)
    {
        var memory = Memory(instruction.Index);
        var natural = instruction.Info.NaturalAlignment;
        if (instruction.Info.IsAtomic && instruction.Align != natural)
        {
            Fail("atomic alignment must be natural: alignment must be equal to natural");
        }

        if (instruction.Align > natural) Fail("alignment must not be larger than natural");
        if (!memory.Limits.Is64 && instruction.Bits > uint.MaxValue) Fail("offset out of range");
        if (instruction.Info.Immediates == ImmediateShape.MemoryArgumentLane && instruction.Lane >= 16 / instruction.Info.Width)
        {
            Fail("invalid lane index");
        }

        return memory.Limits.AddressType.Kind;
    }

    public void Push(ValueType type)
    {
        Push(type.Kind);
        if (type.IsReference) references[Count - 1] = type;
    }

    /// <summary>Pushes a number or vector, or the kind alone of a reference.</summary>
    private void Push(ValueKind kind)
    {
        if (Count == kinds.Length) GrowOperands();
        kinds[Count++] = kind;
        Pushes++;
        if (Count > MaximumCount) MaximumCount = Count;
    }

    public void Push(ImmutableArray<ValueType> types)
    {
        foreach (var type in types) Push(type);
    }

    private void GrowOperands()
    {
        if (Count >= Limits.OperandStack)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit,
                $"function {Function} needs more than {Limits.OperandStack} operands at once (ModuleLimits.OperandStack)");
        }

        Array.Resize(ref kinds, Math.Min(kinds.Length * 2, Math.Max(Limits.OperandStack, 64)));
        Array.Resize(ref references, kinds.Length);
    }

    /// <summary>Pops an operand of any type; <see cref="ValueType.Bottom"/> in unreachable code.</summary>
    public ValueType Pop()
    {
        if (Count > top.Height) return Operand(--Count);
        if (!top.Unreachable) FailStack();
        return ValueType.Bottom;
    }

    /// <summary>Pops an operand that must match <paramref name="expected"/>.</summary>
    public ValueType Pop(ValueType expected)
    {
        if (!expected.IsReference) return ValueType.Number(Pop(expected.Kind));
        var actual = Pop();
        if (!Subtyping.Matches(actual, expected)) FailType(expected, actual);
        return actual;
    }

    /// <summary>Pops a number or vector; <see cref="ValueKind.Bottom"/> in unreachable code.</summary>
    private ValueKind Pop(ValueKind expected)
    {
        if (Count <= top.Height)
        {
            if (!top.Unreachable) FailStack();
            return ValueKind.Bottom;
        }

        var actual = kinds[--Count];
        if (actual != expected && actual != ValueKind.Bottom) FailType(ValueType.Number(expected), Operand(Count));
        return actual;
    }

    public void Pop(ImmutableArray<ValueType> expected)
    {
        for (var i = expected.Length - 1; i >= 0; i--) Pop(expected[i]);
    }

    /// <summary>Pops a reference of any type.</summary>
    public ValueType PopReference()
    {
        var actual = Pop();
        if (actual.IsBottom) return ValueType.Reference(HeapKind.Bottom, nullable: false);
        if (!actual.IsReference) Fail($"type mismatch: expected a reference, found {actual}");
        return actual;
    }

    public ControlFrame PushFrame(Opcode kind, ImmutableArray<ValueType> parameters, ImmutableArray<ValueType> results)
    {
        if (depth >= Limits.BlockDepth)
        {
            throw new ExhaustionException(
                ExhaustionKind.ModuleLimit,
                $"function {Function} nests more than {Limits.BlockDepth} blocks (ModuleLimits.BlockDepth)");
        }

        if (depth == frames.Count) frames.Add(new ControlFrame(depth));
        var frame = top = frames[depth++];
        frame.Reset(kind, Offset, parameters, results, Count, initialized.Count);
        Push(parameters);
        return frame;
    }

    /// <summary>Ends the innermost block: its results must be there and nothing else.</summary>
    public ControlFrame PopFrame()
    {
        var frame = Top;
        Pop(frame.Results);
        if (Count != frame.Height) Fail("type mismatch: values remaining on stack at end of block");
        UndoInitialization(frame.InitializedLocals);
        depth--;
        if (depth > 0) top = frames[depth - 1];
        return frame;
    }

    /// <summary>The block a label refers to.</summary>
    public ControlFrame Label(uint label)
    {
        if (label >= (uint)depth) Fail("unknown label");
        return frames[depth - 1 - (int)label];
    }

    /// <summary>Whether a label is the function's own.</summary>
    public bool IsOutermost(uint label) => label == (uint)depth - 1;

    /// <summary>The rest of the block cannot be reached.</summary>
    public void SetUnreachable()
    {
        Count = top.Height;
        top.Unreachable = true;
    }

    public ValueType Local(uint index)
    {
        if (index >= (uint)Locals.Count) Fail("unknown local");
        return Locals[(int)index];
    }

    public void RequireInitialized(uint index)
    {
        if (!isInitialized[index]) Fail("uninitialized local");
    }

    public void Initialize(uint index)
    {
        if (isInitialized[index]) return;
        isInitialized[index] = true;
        initialized.Add((int)index);
    }

    public void UndoInitialization(int count)
    {
        for (var i = initialized.Count - 1; i >= count; i--) isInitialized[initialized[i]] = false;
        initialized.RemoveRange(count, initialized.Count - count);
    }

    public MemoryType Memory(uint index)
    {
        if (index >= (uint)Module.Memories.Length) Fail($"unknown memory {index}");
        return Module.Memories[(int)index];
    }

    public TableType Table(uint index)
    {
        if (index >= (uint)Module.Tables.Length) Fail($"unknown table {index}");
        return Module.Tables[(int)index].Type;
    }

    public GlobalType Global(uint index)
    {
        if (index >= (uint)Module.Globals.Length) Fail($"unknown global {index}");
        return Module.Globals[(int)index].Type;
    }

    public DefinedType Type(uint index)
    {
        if (index >= (uint)Module.Types.Length) Fail($"unknown type {index}");
        return Module.Types[(int)index];
    }

    public FunctionType FunctionType(uint typeIndex)
    {
        var type = Type(typeIndex).Function;
        if (type is null) Fail($"type mismatch: type {typeIndex} is not a function type");
        return type;
    }

    public StructType StructType(uint typeIndex)
    {
        if (Type(typeIndex).Composite is not StructType type)
        {
            Fail($"type mismatch: type {typeIndex} is not a struct type");
            return null;
        }

        return type;
    }

    public ArrayType ArrayType(uint typeIndex)
    {
        if (Type(typeIndex).Composite is not ArrayType type)
        {
            Fail($"type mismatch: type {typeIndex} is not an array type");
            return null;
        }

        return type;
    }

    /// <summary>The defined type of a function of the index space.</summary>
    public DefinedType FunctionTypeOf(uint function)
    {
        if (function >= (uint)Module.Functions.Length) Fail($"unknown function {function}");
        return Module.Types[Module.Functions[(int)function].TypeIndex];
    }

    public FunctionType TagType(uint tag)
    {
        if (tag >= (uint)Module.Tags.Length) Fail($"unknown tag {tag}");
        return Module.Types[Module.Tags[(int)tag].TypeIndex].Function!;
    }

    public ElementSegment ElementSegment(uint index)
    {
        if (index >= (uint)Module.Elements.Length) Fail($"unknown elem segment {index}");
        return Module.Elements[(int)index];
    }

    public void DataSegment(uint index)
    {
        if (!Module.HasDataCount) throw new MalformedException("data count section required", Offset);
        if (index >= (uint)Module.Data.Length) Fail($"unknown data segment {index}");
    }

    /// <summary>A heap type immediate: a concrete one must name an existing type.</summary>
    public HeapType Heap(HeapType heap)
    {
        if (heap.IsConcrete && heap.Definition is null) Fail($"unknown type {heap.Index}");
        FeatureGate.Require(ValueType.Reference(heap), Features, Offset, Function);
        return heap;
    }

    /// <summary>A value type immediate: a concrete one must name an existing type.</summary>
    public ValueType Value(ValueType type)
    {
        if (type.IsReference) Heap(type.Heap);
        return type;
    }

    [DoesNotReturn]
    public void Fail(string reason) => throw new InvalidException(reason, Offset, Function);

    [DoesNotReturn]
    private void FailType(ValueType expected, ValueType actual) => Fail($"type mismatch: expected {expected}, found {actual}");

    [DoesNotReturn]
    private void FailStack() => Fail("type mismatch: not enough operands on the stack");
}
