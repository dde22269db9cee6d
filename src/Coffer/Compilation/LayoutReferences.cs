using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// References of an image to the classes of structs. They are written by name alone: the classes are made when the JIT
/// compiler meets them, since a module may declare thousands of types and use few.
/// </summary>
internal sealed class LayoutReferences(MetadataTables metadata, SignatureWriter signatures)
{
    private readonly Dictionary<StructLayout, int> types = [];
    private readonly Dictionary<(StructLayout, int), int> members = [];

    // Constructors share the numbers of fields, below all of them.
    private const int DefaultConstructor = -1, FieldConstructor = -2;

    /// <summary>The layouts that the image names.</summary>
    public IReadOnlyCollection<StructLayout> Used => types.Keys;

    /// <summary>The token of a field, inherited or not.</summary>
    public int Field(StructLayout layout, int index) => Member(layout.Declaring(index), index);

    /// <summary>The token of the constructor that takes the type alone, or all fields and then the type.</summary>
    public int Constructor(StructLayout layout, bool takesFields) =>
        Member(layout, takesFields ? FieldConstructor : DefaultConstructor);

    private int Member(StructLayout layout, int member)
    {
        if (members.TryGetValue((layout, member), out var token)) return token;
        var blob = new MetadataBlob();
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
            blob.WriteCompressed(fields.Length + 1);
            signatures.Write(blob, typeof(void));
            foreach (var letter in fields) signatures.Write(blob, StorageShape.ClrType(letter));
            signatures.Write(blob, typeof(DefinedType));
        }

        token = metadata.AddMemberReference(Type(layout), name, blob);
        members.Add((layout, member), token);
        return token;
    }

    private int Type(StructLayout layout)
    {
        if (types.TryGetValue(layout, out var token)) return token;
        var assembly = metadata.AddAssemblyReference(layout.AssemblyName, new Version(1, 0, 0, 0));
        token = metadata.AddTypeReference(assembly, StructLayout.TypeNamespace, StructLayout.TypeName);
        types.Add(layout, token);
        return token;
    }
}
