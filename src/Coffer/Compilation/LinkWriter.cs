using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using Coffer.Binary;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>Writes <c>Link</c>, which fills the fields of the instance class from the arrays of its base.</summary>
internal static class LinkWriter
{
    public static int Write(ImageBuilder image, ModuleDefinition module, List<(FieldKind Kind, int Index)> fields)
    {
        var writer = new CilWriter();
        foreach (var (kind, index) in fields)
        {
            writer.LoadArgument(0);
            writer.LoadArgument(0);
            writer.Op(ILOpCode.Ldfld, image.Token(Source(kind)));
            writer.LoadI4(index);
            writer.Op(ILOpCode.Ldelem_ref);
            foreach (var field in Path(kind, module, index)) writer.Op(ILOpCode.Ldfld, image.Token(field));
            writer.Op(ILOpCode.Stfld, image.InstanceField(kind, index));
        }

        if (image.Signatures.Names(typeof(Vector128<>)))
        {
            // For crossgen2, which can name those types of the platform only that it has met in the image, and meets this one
            // in the platform's code for the others, wherever a function is too large for all of it to be inlined.
            writer.Op(ILOpCode.Sizeof, image.Token(typeof(Vector64<byte>)));
            writer.Op(ILOpCode.Pop);
        }

        writer.Op(ILOpCode.Ret);
        return image.AddBody([], writer.Code, 8, LocalTypes.None, []);
    }

    private static FieldInfo Source(FieldKind kind) => Members.Field<GuestInstance>(kind switch
    {
        FieldKind.MemoryBase or FieldKind.Memory => nameof(GuestInstance.Memories),
        FieldKind.Table => nameof(GuestInstance.Tables),
        FieldKind.GlobalCell or FieldKind.GlobalValue => nameof(GuestInstance.Globals),
        FieldKind.ImportCode or FieldKind.ImportContext => nameof(GuestInstance.Imports),
        FieldKind.Type => nameof(GuestInstance.Types),
        _ => nameof(GuestInstance.Tags),
    });

    private static IEnumerable<FieldInfo> Path(FieldKind kind, ModuleDefinition module, int index) => kind switch
    {
        FieldKind.MemoryBase => [Members.Field<LinearMemory>(nameof(LinearMemory.Base))],
        FieldKind.GlobalValue => [Members.GlobalField(module.Globals[index].Type.Type)],
        FieldKind.ImportCode => [Members.Field<FuncRef>(nameof(FuncRef.Code))],
        FieldKind.ImportContext => [Members.Field<FuncRef>(nameof(FuncRef.Context))],
        _ => [],
    };
}
