using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using System.Runtime.Loader;
using Coffer.Compilation;
using Coffer.Compilation.Emitters;
using Coffer.Images;
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

    private readonly MetadataTables _metadata = new("Coffer.Guest", "Coffer.Guest") { Identity = Guid.NewGuid() };
    private readonly MethodBodies _bodies = new();
    private readonly SignatureWriter _signatures;
    private readonly int _signature;
    private readonly int _locals;
    private readonly int _vector;

    public IntrinsicImage()
    {
        _signatures = new SignatureWriter(_metadata);
        var signature = new MetadataBlob();
        signature.WriteByte(0x00);
        signature.WriteCompressed(2);
        _signatures.Write(signature, typeof(void));
        _signatures.Write(signature, typeof(byte*));
        _signatures.Write(signature, typeof(byte*));
        _signature = _metadata.Blobs.Add(signature.Written);

        _vector = _signatures.Type(typeof(Vector128<byte>));
        var locals = new MetadataBlob();
        locals.WriteByte(0x07);
        locals.WriteCompressed(ScratchCount + 2);
        for (var i = 0; i < ScratchCount; i++)
            _signatures.Write(locals, typeof(Vector128<byte>));
        // Numbers that step aside, numbered as their types are.
        _signatures.Write(locals, typeof(int));
        _signatures.Write(locals, typeof(long));
        _locals = _metadata.AddSignature(locals);
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
        _metadata.AddType(
            TypeAttributes.Public | TypeAttributes.Abstract, "", "Instructions", _signatures.Type(typeof(object)),
            MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        var context = new AssemblyLoadContext(nameof(IntrinsicImage), isCollectible: true);
        var semantics = typeof(VectorOps).Assembly;
        context.Resolving += (_, name) => name.Name == semantics.GetName().Name ? semantics : null;
        return context.LoadFromStream(new MemoryStream(ImageFile.Write(_metadata, _bodies))).GetType("Instructions", throwOnError: true)!;
    }

    private void AddMethod(string name, Action<CilWriter> write)
    {
        var il = new CilWriter();
        write(il);
        il.Op(ILOpCode.Ret);
        _metadata.AddMethod(
            MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.AggressiveOptimization, name, _signature,
            _bodies.Add([], il.Code, 10, _locals, []));
    }

    private void Instruction(CilWriter il, OpcodeInfo row, byte? lane, int? constantCount, Action body)
    {
        // A store writes to its address, which is that of the result.
        var isStore = row.Signature.EndsWith(':');
        il.LoadArgument(1);
        for (var i = isStore ? 1 : 0; i < row.Operands.Length; i++)
        {
            if (row.Operands[i] == 'i' && constantCount is { } count)
            {
                il.LoadI4(count);
                continue;
            }

            il.LoadArgument(0);
            il.LoadI4(i * Slot);
            il.Op(ILOpCode.Add);
            Load(il, row.Operands[i]);
        }

        if (lane is { } immediate)
            il.LoadI4(immediate);
        body();
        if (isStore)
            return;
        if (row.Signature[^1] == 'v')
        {
            il.Op(ILOpCode.Stobj, _vector);
        }
        else
        {
            il.Op(row.Signature[^1] switch
            {
                'i' => ILOpCode.Stind_i4,
                'l' => ILOpCode.Stind_i8,
                'f' => ILOpCode.Stind_r4,
                _ => ILOpCode.Stind_r8,
            });
        }
    }

    private void Load(CilWriter il, char operand)
    {
        switch (operand)
        {
            case 'v':
                il.Op(ILOpCode.Ldobj, _vector);
                break;
            case 'i':
                il.Op(ILOpCode.Ldind_i4);
                break;
            case 'l':
                il.Op(ILOpCode.Ldind_i8);
                break;
            case 'f':
                il.Op(ILOpCode.Ldind_r4);
                break;
            case 'd':
                il.Op(ILOpCode.Ldind_r8);
                break;
        }
    }

    private void Emit(CilWriter il, IntrinsicStep[] steps)
    {
        var held = 0;
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case IntrinsicStepKind.Call:
                    Call(il, step.Method!.TokenIn(_signatures));
                    break;
                case IntrinsicStepKind.Constant:
                    il.LoadI8(step.Constant.AsInt64()[0]);
                    il.LoadI8(step.Constant.AsInt64()[1]);
                    Call(il, CreateVector.TokenIn(_signatures));
                    break;
                case IntrinsicStepKind.Number:
                    il.LoadI4(step.Index);
                    break;
                case IntrinsicStepKind.Cil:
                    il.Op(step.Code);
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

    private void Call(CilWriter il, MethodBase method) => Call(il, _signatures.Method(method));

    private static void Call(CilWriter il, int method) => il.Op(ILOpCode.Call, method);

    private int Semantics(Opcode opcode)
    {
        var methods = SemanticTypes.SelectMany(type => type.GetMethods());
        return _signatures.Method(methods.Single(method => method.Name == opcode.ToString()));
    }
}
