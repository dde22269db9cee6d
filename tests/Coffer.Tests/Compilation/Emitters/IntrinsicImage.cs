using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Intrinsics;
using System.Runtime.Loader;
using Coffer.Compilation;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Compilation.Emitters;

/// <summary>
/// An image of methods <c>void(byte* operands, byte* result)</c>, each of which runs one instruction on operands in
/// slots of sixteen bytes: written as its row's intrinsics, or as a call of the semantic method.
/// </summary>
internal sealed class IntrinsicImage
{
    private const int Slot = 16;
    private const int ScratchCount = 3;

    private static readonly Type[] SemanticTypes =
        [typeof(VectorOps), typeof(IntegerOps), typeof(FloatOps), typeof(Conversions)];

    private static readonly IntrinsicMethod CreateVector =
        IntrinsicMethod.Plain(typeof(Vector128), "Create", typeof(long), typeof(long));

    private readonly MetadataBuilder _metadata = new();
    private readonly MethodBodyStreamEncoder _bodies = new(new BlobBuilder());
    private readonly SignatureWriter _signatures;
    private readonly BlobHandle _signature;
    private readonly StandaloneSignatureHandle _locals;
    private readonly EntityHandle _vector;

    public IntrinsicImage()
    {
        var name = _metadata.GetOrAddString("Coffer.Guest");
        _metadata.AddModule(0, name, _metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        _metadata.AddAssembly(name, new Version(1, 0), default, default, 0, AssemblyHashAlgorithm.None);

        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(2, result => result.Void(), parameters =>
        {
            parameters.AddParameter().Type().Pointer().Byte();
            parameters.AddParameter().Type().Pointer().Byte();
        });
        _signature = _metadata.GetOrAddBlob(signature);

        _signatures = new SignatureWriter(_metadata);
        _vector = _signatures.Type(typeof(Vector128<byte>));
        var locals = new BlobBuilder();
        new BlobEncoder(locals).LocalVariableSignature(ScratchCount + 2);
        for (var i = 0; i < ScratchCount; i++)
            _signatures.Write(locals, typeof(Vector128<byte>));
        // Numbers that step aside, numbered as their types are.
        _signatures.Write(locals, typeof(int));
        _signatures.Write(locals, typeof(long));
        _locals = _metadata.AddStandaloneSignature(_metadata.GetOrAddBlob(locals));
    }

    /// <summary>Adds an instruction whose lane is in its steps likewise.</summary>
    public void AddLane(string name, OpcodeInfo row, IntrinsicStep[] steps, byte lane)
    {
        AddMethod(name, il => Instruction(il, row, null, null, () => Emit(il, steps)));
        AddMethod(name + "Call", il => Instruction(il, row, lane, null, () => Call(il, Semantics(row.Opcode))));
    }

    /// <summary>Adds a shuffle likewise.</summary>
    public void AddShuffle(string name, OpcodeInfo row, IntrinsicStep[] steps, Vector128<byte> lanes)
    {
        AddMethod(name, il => Instruction(il, row, null, null, () => Emit(il, steps)));
        AddMethod(name + "Call", il => Instruction(il, row, null, null, () =>
        {
            Emit(il, [lanes]);
            Call(il, Semantics(row.Opcode));
        }));
    }

    /// <summary>Adds the instruction as intrinsics and, under <c>name + "Call"</c>, as a call.</summary>
    public void Add(string name, OpcodeInfo row, IntrinsicStep[] steps, byte? lane, int? constantCount)
    {
        AddMethod(name, il => Instruction(il, row, lane, constantCount, () => Emit(il, steps)));
        var method = Semantics(row.Opcode);
        AddMethod(name + "Call", il => Instruction(il, row, lane, constantCount, () => Call(il, method)));
    }

    public Type Load()
    {
        AddType("<Module>", default, default);
        AddType("Instructions", TypeAttributes.Public | TypeAttributes.Abstract, _signatures.Type(typeof(object)));
        var pe = new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(_metadata), _bodies.Builder);
        var image = new BlobBuilder();
        pe.Serialize(image);
        var context = new AssemblyLoadContext(nameof(IntrinsicImage), isCollectible: true);
        var semantics = typeof(VectorOps).Assembly;
        context.Resolving += (_, name) => name.Name == semantics.GetName().Name ? semantics : null;
        return context.LoadFromStream(new MemoryStream(image.ToArray())).GetType("Instructions", throwOnError: true)!;
    }

    private void AddType(string name, TypeAttributes attributes, EntityHandle parent) => _metadata.AddTypeDefinition(
        attributes, default, _metadata.GetOrAddString(name), parent,
        MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));

    private void AddMethod(string name, Action<InstructionEncoder> write)
    {
        var il = new InstructionEncoder(new BlobBuilder());
        write(il);
        il.OpCode(ILOpCode.Ret);
        var offset = _bodies.AddMethodBody(il, maxStack: 10, _locals);
        _metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.AggressiveOptimization,
            _metadata.GetOrAddString(name), _signature, offset, MetadataTokens.ParameterHandle(1));
    }

    private void Instruction(InstructionEncoder il, OpcodeInfo row, byte? lane, int? constantCount, Action body)
    {
        // A store writes to its address, which is that of the result.
        var isStore = row.Signature.EndsWith(':');
        il.LoadArgument(1);
        for (var i = isStore ? 1 : 0; i < row.Operands.Length; i++)
        {
            if (row.Operands[i] == 'i' && constantCount is { } count)
            {
                il.LoadConstantI4(count);
                continue;
            }

            il.LoadArgument(0);
            il.LoadConstantI4(i * Slot);
            il.OpCode(ILOpCode.Add);
            Load(il, row.Operands[i]);
        }

        if (lane is { } immediate)
            il.LoadConstantI4(immediate);
        body();
        if (isStore)
            return;
        if (row.Signature[^1] == 'v')
        {
            il.OpCode(ILOpCode.Stobj);
            il.Token(_vector);
        }
        else
        {
            il.OpCode(row.Signature[^1] switch
            {
                'i' => ILOpCode.Stind_i4,
                'l' => ILOpCode.Stind_i8,
                'f' => ILOpCode.Stind_r4,
                _ => ILOpCode.Stind_r8,
            });
        }
    }

    private void Load(InstructionEncoder il, char operand)
    {
        switch (operand)
        {
            case 'v':
                il.OpCode(ILOpCode.Ldobj);
                il.Token(_vector);
                break;
            case 'i':
                il.OpCode(ILOpCode.Ldind_i4);
                break;
            case 'l':
                il.OpCode(ILOpCode.Ldind_i8);
                break;
            case 'f':
                il.OpCode(ILOpCode.Ldind_r4);
                break;
            case 'd':
                il.OpCode(ILOpCode.Ldind_r8);
                break;
        }
    }

    private void Emit(InstructionEncoder il, IntrinsicStep[] steps)
    {
        var held = 0;
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case IntrinsicStepKind.Call:
                    Call(il, step.Method!.Method);
                    break;
                case IntrinsicStepKind.Constant:
                    il.LoadConstantI8(step.Constant.AsInt64()[0]);
                    il.LoadConstantI8(step.Constant.AsInt64()[1]);
                    Call(il, CreateVector.Method);
                    break;
                case IntrinsicStepKind.Number:
                    il.LoadConstantI4(step.Index);
                    break;
                case IntrinsicStepKind.Cil:
                    il.OpCode(step.Code);
                    break;
                case IntrinsicStepKind.Take:
                    for (var i = step.Index - 1; i >= 0; i--)
                        il.StoreLocal(i);
                    break;
                case IntrinsicStepKind.Hold:
                    il.StoreLocal(ScratchCount + step.Index);
                    held = ScratchCount + step.Index;
                    break;
                case IntrinsicStepKind.Held:
                    il.LoadLocal(held);
                    break;
                case IntrinsicStepKind.Get:
                    il.LoadLocal(step.Index);
                    break;
            }
        }
    }

    private void Call(InstructionEncoder il, MethodBase method) => Call(il, _signatures.Method(method));

    private static void Call(InstructionEncoder il, EntityHandle method)
    {
        il.OpCode(ILOpCode.Call);
        il.Token(method);
    }

    private EntityHandle Semantics(Opcode opcode)
    {
        var methods = SemanticTypes.SelectMany(type => type.GetMethods());
        return _signatures.Method(methods.Single(method => method.Name == opcode.ToString()));
    }
}
