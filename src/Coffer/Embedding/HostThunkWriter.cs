using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Writes the CIL of thunks through which guests call delegates; see <see cref="HostThunk"/>.</summary>
internal static class HostThunkWriter
{
    /// <summary>The types of a host's delegates and objects are its own affair, and need not be public.</summary>
    public static void IgnoreAccessChecks(MetadataBuilder metadata, SignatureWriter signatures, Assembly assembly)
    {
        var argument = new BlobBuilder();
        argument.WriteUInt16(1);
        argument.WriteSerializedString(assembly.GetName().Name);
        argument.WriteUInt16(0);
        metadata.AddCustomAttribute(
            EntityHandle.AssemblyDefinition, signatures.Method(typeof(IgnoresAccessChecksToAttribute).GetConstructors()[0]),
            metadata.GetOrAddBlob(argument));
    }

    /// <summary>The signature of the thunk.</summary>
    public static BlobBuilder Signature(SignatureWriter signatures, DelegateShape shape)
    {
        var blob = new BlobBuilder();
        blob.WriteByte(0x00);
        blob.WriteCompressedInteger(shape.Parameters.Length + 1);
        signatures.Write(blob, CanonicalReturn(shape));
        foreach (var parameter in shape.Parameters) signatures.Write(blob, DelegateShape.Canonical(parameter));
        signatures.Write(blob, typeof(FunctionContext));
        return blob;
    }

    private static Type CanonicalReturn(DelegateShape shape) => shape.Results.Length switch
    {
        0 => typeof(void),
        1 => DelegateShape.Canonical(shape.Results[0]),
        _ => shape.Return.GetGenericTypeDefinition().MakeGenericType([.. shape.Results.Select(DelegateShape.Canonical)]),
    };

    /// <summary>Writes the body of the thunk; returns where it is.</summary>
    public static int WriteBody(
        MetadataBuilder metadata, SignatureWriter signatures, MethodBodyStreamEncoder bodies, DelegateShape shape, Type delegateType)
    {
        int Token(EntityHandle handle) => MetadataTokens.GetToken(handle);
        var writer = new CilWriter();
        var end = writer.NewLabel();
        var context = shape.Parameters.Length;
        writer.LoadArgument(context);
        writer.Op(ILOpCode.Ldfld, Token(signatures.Field(Members.Field<HostContext>(nameof(HostContext.Target)))));
        writer.Op(ILOpCode.Castclass, Token(signatures.Type(delegateType)));
        if (shape.TakesCaller)
        {
            writer.LoadArgument(context);
            writer.Op(ILOpCode.Ldfld, Token(signatures.Field(Members.Field<HostContext>(nameof(HostContext.Caller)))));
            writer.Op(ILOpCode.Newobj, Token(signatures.Method(typeof(Caller).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(Instance)])!)));
        }

        for (var i = 0; i < shape.Parameters.Length; i++)
        {
            writer.LoadArgument(i);
            if (DelegateShape.KindOf(shape.Parameters[i]) == ValueKind.Reference && shape.Parameters[i] != typeof(object))
            {
                writer.Op(ILOpCode.Castclass, Token(signatures.Type(shape.Parameters[i])));
            }
            else if (shape.Parameters[i] == typeof(bool))
            {
                // A guest's true is any number but zero; C# looks at the lowest byte.
                writer.LoadI4(0);
                writer.Op(ILOpCode.Cgt_un);
            }
        }

        writer.Op(ILOpCode.Callvirt, Token(signatures.Method(delegateType.GetMethod("Invoke")!)));
        WriteResults(writer, signatures, shape, context);
        if (shape.Results.Length > 0) writer.StoreLocal(0);
        writer.Branch(ILOpCode.Leave, end);
        var exception = ResultLocals(shape);
        var wrap = writer.NewLabel();
        var handlers = new List<int>();
        foreach (var _ in Boundary.FromHost)
        {
            handlers.Add(writer.Position);
            writer.StoreLocal(exception);
            writer.Branch(ILOpCode.Leave, wrap);
        }

        handlers.Add(writer.Position);
        writer.Mark(wrap);
        writer.LoadLocal(exception);
        writer.Op(ILOpCode.Call, Token(signatures.Method(Members.Method(typeof(Boundary), nameof(Boundary.ThrowFromHost)))));
        writer.Mark(end);
        if (shape.Results.Length > 0) writer.LoadLocal(0);
        writer.Op(ILOpCode.Ret);
        writer.ResolveBranches();
        var locals = LocalSignature(metadata, signatures, shape);
        var body = bodies.AddMethodBody(
            writer.Position, shape.Clr.Length + 16, Boundary.FromHost.Length, hasSmallExceptionRegions: false, locals, MethodBodyAttributes.InitLocals);
        for (var i = 0; i < Boundary.FromHost.Length; i++)
        {
            body.ExceptionRegions.AddCatch(
                0, handlers[0], handlers[i], handlers[i + 1] - handlers[i], signatures.Type(Boundary.FromHost[i]));
        }

        new BlobWriter(body.Instructions).WriteBytes(writer.Code.ToArray());
        return body.Offset;
    }

    private static int ResultLocals(DelegateShape shape) => Math.Min(shape.Results.Length, 2);

    private static StandaloneSignatureHandle LocalSignature(MetadataBuilder metadata, SignatureWriter signatures, DelegateShape shape)
    {
        var blob = new BlobBuilder();
        blob.WriteByte(0x07);
        blob.WriteCompressedInteger(ResultLocals(shape) + 1);
        if (shape.Results.Length > 0) signatures.Write(blob, CanonicalReturn(shape));
        if (shape.Results.Length > 1) signatures.Write(blob, shape.Return);
        signatures.Write(blob, typeof(Exception));
        return metadata.AddStandaloneSignature(metadata.GetOrAddBlob(blob));
    }

    /// <summary>Turns what the delegate returned into wasm values; references are checked against the function's type.</summary>
    private static void WriteResults(CilWriter writer, SignatureWriter signatures, DelegateShape shape, int context)
    {
        if (shape.Results.Length == 1)
        {
            Check(writer, signatures, shape.Results[0], context, 0);
            return;
        }

        if (shape.Results.Length == 0) return;
        writer.StoreLocal(1);
        for (var i = 0; i < shape.Results.Length; i++)
        {
            writer.LoadLocal(1);
            writer.Op(ILOpCode.Ldfld, MetadataTokens.GetToken(signatures.Field(shape.Return.GetField($"Item{i + 1}")!)));
            Check(writer, signatures, shape.Results[i], context, i);
        }

        var tuple = CanonicalReturn(shape);
        writer.Op(ILOpCode.Newobj, MetadataTokens.GetToken(signatures.Method(tuple.GetConstructor(tuple.GetGenericArguments())!)));
    }

    private static void Check(CilWriter writer, SignatureWriter signatures, Type type, int context, int result)
    {
        if (DelegateShape.KindOf(type) != ValueKind.Reference) return;
        writer.LoadArgument(context);
        writer.LoadI4(result);
        writer.Op(ILOpCode.Call, MetadataTokens.GetToken(signatures.Method(Members.Method(typeof(Boundary), nameof(Boundary.CheckResult)))));
    }
}
