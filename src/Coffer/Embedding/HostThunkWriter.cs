using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Writes the CIL of thunks through which guests call delegates; see <see cref="HostThunk"/>.</summary>
internal static class HostThunkWriter
{
    /// <summary>The types of a host's delegates and objects are its own affair, and need not be public.</summary>
    public static void IgnoreAccessChecks(MetadataTables metadata, SignatureWriter signatures, Assembly assembly)
    {
        var argument = new MetadataBlob();
        argument.WriteUInt16(1);
        argument.WriteSerializedString(assembly.GetName().Name!);
        argument.WriteUInt16(0);
        metadata.AddAttribute(
            MetadataTables.AssemblyToken, signatures.Method(typeof(IgnoresAccessChecksToAttribute).GetConstructors()[0]), argument);
    }

    /// <summary>The signature of the thunk.</summary>
    public static MetadataBlob Signature(SignatureWriter signatures, DelegateShape shape)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x00);
        blob.WriteCompressed(shape.Parameters.Length + 1);
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
        MetadataTables metadata, SignatureWriter signatures, MethodBodies bodies, DelegateShape shape, Type delegateType)
    {
        var writer = new CilWriter();
        var end = writer.NewLabel();
        var context = shape.Parameters.Length;
        writer.LoadArgument(context);
        writer.Op(ILOpCode.Ldfld, signatures.Field(Members.Field<HostContext>(nameof(HostContext.Target))));
        writer.Op(ILOpCode.Castclass, signatures.Type(delegateType));
        if (shape.TakesCaller)
        {
            writer.LoadArgument(context);
            writer.Op(ILOpCode.Ldfld, signatures.Field(Members.Field<HostContext>(nameof(HostContext.Caller))));
            writer.Op(ILOpCode.Newobj, signatures.Method(typeof(Caller).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(Instance)])!));
        }

        for (var i = 0; i < shape.Parameters.Length; i++)
        {
            writer.LoadArgument(i);
            if (DelegateShape.KindOf(shape.Parameters[i]) == ValueKind.Reference && shape.Parameters[i] != typeof(object))
            {
                writer.Op(ILOpCode.Castclass, signatures.Type(shape.Parameters[i]));
            }
            else if (shape.Parameters[i] == typeof(bool))
            {
                // A guest's true is any number but zero; C# looks at the lowest byte.
                writer.LoadI4(0);
                writer.Op(ILOpCode.Cgt_un);
            }
        }

        writer.Op(ILOpCode.Callvirt, signatures.Method(delegateType.GetMethod("Invoke")!));
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
        writer.Op(ILOpCode.Call, signatures.Method(Members.Method(typeof(Boundary), nameof(Boundary.ThrowFromHost))));
        writer.Mark(end);
        if (shape.Results.Length > 0) writer.LoadLocal(0);
        writer.Op(ILOpCode.Ret);
        writer.ResolveBranches();
        var locals = LocalSignature(metadata, signatures, shape);
        var regions = new List<HandlerClause>();
        for (var i = 0; i < Boundary.FromHost.Length; i++)
        {
            regions.Add(new HandlerClause(0, handlers[0], handlers[i], handlers[i + 1]) { CatchToken = signatures.Type(Boundary.FromHost[i]) });
        }

        return bodies.Add([], writer.Code, shape.Clr.Length + 16, locals, regions);
    }

    private static int ResultLocals(DelegateShape shape) => Math.Min(shape.Results.Length, 2);

    private static int LocalSignature(MetadataTables metadata, SignatureWriter signatures, DelegateShape shape)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x07);
        blob.WriteCompressed(ResultLocals(shape) + 1);
        if (shape.Results.Length > 0) signatures.Write(blob, CanonicalReturn(shape));
        if (shape.Results.Length > 1) signatures.Write(blob, shape.Return);
        signatures.Write(blob, typeof(Exception));
        return metadata.AddSignature(blob);
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
            writer.Op(ILOpCode.Ldfld, signatures.Field(shape.Return.GetField($"Item{i + 1}")!));
            Check(writer, signatures, shape.Results[i], context, i);
        }

        var tuple = CanonicalReturn(shape);
        writer.Op(ILOpCode.Newobj, signatures.Method(tuple.GetConstructor(tuple.GetGenericArguments())!));
    }

    private static void Check(CilWriter writer, SignatureWriter signatures, Type type, int context, int result)
    {
        if (DelegateShape.KindOf(type) != ValueKind.Reference) return;
        writer.LoadArgument(context);
        writer.LoadI4(result);
        writer.Op(ILOpCode.Call, signatures.Method(Members.Method(typeof(Boundary), nameof(Boundary.CheckResult))));
    }
}
