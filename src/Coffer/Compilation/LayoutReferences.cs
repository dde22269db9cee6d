using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// References of an image to the classes of structs. They are written by name alone: the classes are made when the JIT
/// compiler meets them, since a module may declare thousands of types and use few.
/// </summary>
internal sealed class LayoutReferences(MetadataBuilder metadata, SignatureWriter signatures, StructLayoutRegistry registry)
{
    private readonly Dictionary<StructLayout, TypeReferenceHandle> types = [];
    private readonly Dictionary<(StructLayout, int), int> members = [];

    // Constructors share the numbers of fields, below all of them.
    private const int DefaultConstructor = -1, FieldConstructor = -2;

    /// <summary>The layouts that the image names.</summary>
    public IReadOnlyCollection<StructLayout> Used => types.Keys;

    /// <summary>The layout of a struct type.</summary>
    public StructLayout Of(DefinedType type) => registry.Get(type);

    /// <summary>The token of a field, inherited or not.</summary>
    public int Field(StructLayout layout, int index) => Member(layout.Declaring(index), index);

    /// <summary>The token of the constructor that takes the type alone, or all fields and then the type.</summary>
    public int Constructor(StructLayout layout, bool takesFields) =>
        Member(layout, takesFields ? FieldConstructor : DefaultConstructor);

    private int Member(StructLayout layout, int member)
    {
        if (members.TryGetValue((layout, member), out var token)) return token;
        var blob = new BlobBuilder();
        string name;
        if (member >= 0)
        {
            name = StructLayout.FieldName(member);
            blob.WriteByte(0x06);
            signatures.Write(blob, StorageShape.ClrType(layout.Fields[member]));
        }
        else
        {
            name = ".ctor";
            var fields = member == FieldConstructor ? layout.Fields : "";
            blob.WriteByte(0x20);
            blob.WriteCompressedInteger(fields.Length + 1);
            signatures.Write(blob, typeof(void));
            foreach (var letter in fields) signatures.Write(blob, StorageShape.ClrType(letter));
            signatures.Write(blob, typeof(DefinedType));
        }

        token = MetadataTokens.GetToken(metadata.AddMemberReference(
            Type(layout), metadata.GetOrAddString(name), metadata.GetOrAddBlob(blob)));
        members.Add((layout, member), token);
        return token;
    }

    private TypeReferenceHandle Type(StructLayout layout)
    {
        if (types.TryGetValue(layout, out var handle)) return handle;
        var assembly = metadata.AddAssemblyReference(
            metadata.GetOrAddString(layout.AssemblyName), new Version(1, 0, 0, 0), default, default, default, default);
        handle = metadata.AddTypeReference(
            assembly, metadata.GetOrAddString(StructLayout.TypeNamespace), metadata.GetOrAddString(StructLayout.TypeName));
        types.Add(layout, handle);
        return handle;
    }
}
