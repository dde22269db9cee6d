using System.Reflection.Metadata;
using Coffer.Compilation;
using Coffer.Images;
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
    public static MetadataBlob Signature(SignatureWriter signatures, FunctionType type)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x00);
        blob.WriteCompressed(type.Parameters.Length + 1);
        signatures.Write(blob, ResultShape.ReturnType(type));
        signatures.Write(blob, typeof(FuncRef));
        foreach (var parameter in type.Parameters) signatures.Write(blob, CilTypes.Clr(parameter));
        return blob;
    }

    /// <summary>Writes the body; returns where it is.</summary>
    public static int WriteBody(ImageBuilder image, MetadataTables metadata, MethodBodies bodies, FunctionType type)
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

        var regions = new List<HandlerClause>();
        for (var i = 0; i < Boundary.FromGuest.Length; i++)
        {
            regions.Add(new HandlerClause(start, handlers[0], handlers[i], handlers[i + 1]) { CatchToken = image.Token(Boundary.FromGuest[i]) });
        }

        regions.Add(new HandlerClause(start, leaving, leaving, left2) { Kind = HandlerKind.Finally });
        return bodies.Add([], writer.Code, type.Parameters.Length + 8, Locals(image.Signatures, metadata, type), regions);
    }

    private static int Locals(SignatureWriter signatures, MetadataTables metadata, FunctionType type)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x07);
        blob.WriteCompressed(type.Results.Length > 0 ? 3 : 2);
        signatures.Write(blob, typeof(Store));
        signatures.Write(blob, typeof(Exception));
        if (type.Results.Length > 0) signatures.Write(blob, ResultShape.ReturnType(type));
        return metadata.AddSignature(blob);
    }
}
