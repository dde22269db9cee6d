using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>
/// Writes the CIL of methods through which delegates of the host call functions of one type, which has numbers only:
/// what <see cref="GuestDelegate"/> makes at run time.
/// </summary>
internal static class GuestThunkWriter
{
    private const int StoreLocal = 0, ExceptionLocal = 1, ResultLocal = 2;

    /// <summary>The signature of the method: the function, then its parameters.</summary>
    public static BlobBuilder Signature(SignatureWriter signatures, FunctionType type)
    {
        var blob = new BlobBuilder();
        blob.WriteByte(0x00);
        blob.WriteCompressedInteger(type.Parameters.Length + 1);
        signatures.Write(blob, ResultShape.ReturnType(type));
        signatures.Write(blob, typeof(FuncRef));
        foreach (var parameter in type.Parameters) signatures.Write(blob, CilTypes.Clr(parameter));
        return blob;
    }

    /// <summary>Writes the body; returns where it is.</summary>
    public static int WriteBody(ImageBuilder image, MetadataBuilder metadata, MethodBodyStreamEncoder bodies, FunctionType type)
    {
        int Field<T>(string name) => image.Token(Members.Field<T>(name));
        int Method(Type declaring, string name) => image.Token(Members.Method(declaring, name));
        var returns = type.Results.Length > 0;
        var writer = new CilWriter();
        var (left, end, returned) = (writer.NewLabel(), writer.NewLabel(), writer.NewLabel());
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Ldfld, Field<FuncRef>(nameof(FuncRef.Context)));
        writer.Op(ILOpCode.Ldfld, Field<FunctionContext>(nameof(FunctionContext.Store)));
        writer.StoreLocal(StoreLocal);
        writer.LoadLocal(StoreLocal);
        writer.Op(ILOpCode.Call, Method(typeof(Store), nameof(Store.Enter)));

        var start = writer.Position;
        for (var i = 0; i < type.Parameters.Length; i++) writer.LoadArgument(i + 1);
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Ldfld, Field<FuncRef>(nameof(FuncRef.Context)));
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Ldfld, Field<FuncRef>(nameof(FuncRef.Code)));
        writer.Op(ILOpCode.Calli, image.CallSite(type));
        if (returns) writer.StoreLocal(ResultLocal);
        writer.Branch(ILOpCode.Leave, left);
        var handlers = new List<int>();
        foreach (var _ in Boundary.FromGuest)
        {
            handlers.Add(writer.Position);
            writer.StoreLocal(ExceptionLocal);
            writer.Branch(ILOpCode.Leave, left);
        }

        handlers.Add(writer.Position);
        writer.Mark(left);
        writer.Branch(ILOpCode.Leave, end);
        var leaving = writer.Position;
        writer.LoadLocal(StoreLocal);
        writer.Op(ILOpCode.Call, Method(typeof(Store), nameof(Store.Exit)));
        writer.Op(ILOpCode.Endfinally);
        var left2 = writer.Position;
        writer.Mark(end);
        writer.LoadLocal(ExceptionLocal);
        writer.Branch(ILOpCode.Brfalse, returned);
        writer.LoadLocal(ExceptionLocal);
        writer.Op(ILOpCode.Call, Method(typeof(Boundary), nameof(Boundary.Rethrow)));
        writer.Mark(returned);
        if (returns) writer.LoadLocal(ResultLocal);
        writer.Op(ILOpCode.Ret);
        writer.ResolveBranches();

        var body = bodies.AddMethodBody(
            writer.Position, type.Parameters.Length + 8, Boundary.FromGuest.Length + 1, hasSmallExceptionRegions: false,
            Locals(image.Signatures, metadata, type), MethodBodyAttributes.InitLocals);
        for (var i = 0; i < Boundary.FromGuest.Length; i++)
        {
            body.ExceptionRegions.AddCatch(
                start, handlers[0] - start, handlers[i], handlers[i + 1] - handlers[i], image.Signatures.Type(Boundary.FromGuest[i]));
        }

        body.ExceptionRegions.AddFinally(start, leaving - start, leaving, left2 - leaving);
        new BlobWriter(body.Instructions).WriteBytes(writer.Code.ToArray());
        return body.Offset;
    }

    private static StandaloneSignatureHandle Locals(SignatureWriter signatures, MetadataBuilder metadata, FunctionType type)
    {
        var blob = new BlobBuilder();
        blob.WriteByte(0x07);
        blob.WriteCompressedInteger(type.Results.Length > 0 ? 3 : 2);
        signatures.Write(blob, typeof(Store));
        signatures.Write(blob, typeof(Exception));
        if (type.Results.Length > 0) signatures.Write(blob, ResultShape.ReturnType(type));
        return metadata.AddStandaloneSignature(metadata.GetOrAddBlob(blob));
    }
}
