using System.Reflection;

namespace Coffer.Images;

/// <summary>
/// Collects the metadata of an image: rows of the tables, and what they refer to in the heaps. Rows are told by tokens, as
/// CIL has them; a table in which something is a range of another one's rows takes the first row of the range.
/// </summary>
internal sealed class MetadataTables
{
    private const uint NoHash = 0, FirstVersion = 1;

    private readonly StringHeap strings = new();
    private readonly UserStringHeap userStrings = new();
    private readonly BlobHeap blobs = new();

    private readonly MetadataTable module = new(
        TableKind.Module, new(ColumnKind.TwoBytes), new(ColumnKind.String), new(ColumnKind.Guid), new(ColumnKind.Guid), new(ColumnKind.Guid));

    private readonly MetadataTable typeReferences = new(
        TableKind.TypeRef, new(ColumnKind.ResolutionScope), new(ColumnKind.String), new(ColumnKind.String));

    private readonly MetadataTable types = new(
        TableKind.TypeDef, new(ColumnKind.FourBytes), new(ColumnKind.String), new(ColumnKind.String), new(ColumnKind.TypeDefOrRef),
        new(ColumnKind.Row, TableKind.Field), new(ColumnKind.Row, TableKind.MethodDef));

    private readonly MetadataTable fields = new(TableKind.Field, new(ColumnKind.TwoBytes), new(ColumnKind.String), new(ColumnKind.Blob));

    private readonly MetadataTable methods = new(
        TableKind.MethodDef, new(ColumnKind.CodeOffset), new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes), new(ColumnKind.String),
        new(ColumnKind.Blob), new(ColumnKind.Row, TableKind.Param));

    private readonly MetadataTable members = new(
        TableKind.MemberRef, new(ColumnKind.MemberRefParent), new(ColumnKind.String), new(ColumnKind.Blob));

    private readonly MetadataTable attributes = new(
        TableKind.CustomAttribute, new(ColumnKind.HasCustomAttribute), new(ColumnKind.CustomAttributeType), new(ColumnKind.Blob));

    private readonly MetadataTable layouts = new(
        TableKind.ClassLayout, new(ColumnKind.TwoBytes), new(ColumnKind.FourBytes), new(ColumnKind.Row, TableKind.TypeDef));

    private readonly MetadataTable signatures = new(TableKind.StandAloneSig, new Column(ColumnKind.Blob));

    private readonly MetadataTable typeSpecifications = new(TableKind.TypeSpec, new Column(ColumnKind.Blob));

    private readonly MetadataTable data = new(TableKind.FieldRva, new(ColumnKind.DataOffset), new(ColumnKind.Row, TableKind.Field));

    private readonly MetadataTable assembly = new(
        TableKind.Assembly, new(ColumnKind.FourBytes), new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes),
        new(ColumnKind.TwoBytes), new(ColumnKind.FourBytes), new(ColumnKind.Blob), new(ColumnKind.String), new(ColumnKind.String));

    private readonly MetadataTable assemblyReferences = new(
        TableKind.AssemblyRef, new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes), new(ColumnKind.TwoBytes),
        new(ColumnKind.FourBytes), new(ColumnKind.Blob), new(ColumnKind.String), new(ColumnKind.String), new(ColumnKind.Blob));

    private readonly MetadataTable methodSpecifications = new(
        TableKind.MethodSpec, new(ColumnKind.MethodDefOrRef), new(ColumnKind.Blob));

    /// <summary>Begins the metadata of an assembly, whose module and global type it adds.</summary>
    /// <param name="assemblyName">The assembly's simple name.</param>
    /// <param name="moduleName">The name of its only module.</param>
    public MetadataTables(string assemblyName, string moduleName)
    {
        module.Add(0, Name(moduleName), 1, 0, 0);
        assembly.Add(NoHash, FirstVersion, 0, 0, 0, 0, 0, Name(assemblyName), 0);
        AddType(default, "", "<Module>", 0, FieldToken(1), MethodToken(1));
    }

    /// <summary>The token of the assembly itself.</summary>
    public static int AssemblyToken { get; } = MetadataTable.Token(TableKind.Assembly, 1);

    /// <summary>The module's identity.</summary>
    public Guid Identity { get; set; }

    public StringHeap Strings => strings;

    public UserStringHeap UserStrings => userStrings;

    public BlobHeap Blobs => blobs;

    /// <summary>All tables that an image may have rows in, in the order of their numbers.</summary>
    public MetadataTable[] Tables =>
    [
        module, typeReferences, types, fields, methods, members, attributes, layouts, signatures, typeSpecifications, data, assembly,
        assemblyReferences, methodSpecifications,
    ];

    /// <summary>The number of types that were added.</summary>
    public int TypeCount => types.Count;

    public static int TypeToken(int row) => MetadataTable.Token(TableKind.TypeDef, row);

    public static int FieldToken(int row) => MetadataTable.Token(TableKind.Field, row);

    public static int MethodToken(int row) => MetadataTable.Token(TableKind.MethodDef, row);

    /// <summary>A reference to another assembly.</summary>
    public int AddAssemblyReference(string name, Version version, ReadOnlySpan<byte> publicKeyToken = default) => assemblyReferences.Add(
        (uint)version.Major, (uint)version.Minor, (uint)Math.Max(version.Build, 0), (uint)Math.Max(version.Revision, 0), 0, (uint)blobs.Add(publicKeyToken),
        Name(name), 0, 0);

    /// <summary>A reference to a type of an assembly, or inside another type.</summary>
    public int AddTypeReference(int scope, string space, string name) => typeReferences.Add((uint)scope, Name(name), Name(space));

    /// <summary>A type by its signature: an instance of a generic one.</summary>
    public int AddTypeSpecification(MetadataBlob signature) => typeSpecifications.Add(Blob(signature));

    /// <summary>A type, whose fields and methods begin where they are said to, and end where those of the next type begin.</summary>
    public int AddType(TypeAttributes flags, string space, string name, int baseType, int firstField, int firstMethod) =>
        types.Add((uint)flags, Name(name), Name(space), (uint)baseType, (uint)firstField, (uint)firstMethod);

    /// <summary>The size of a type that has no fields to say it; types are to be added in their order.</summary>
    public void AddLayout(int type, ushort packing, uint bytes) => layouts.Add(packing, bytes, (uint)type);

    public int AddField(FieldAttributes flags, string name, MetadataBlob signature) => fields.Add((uint)flags, Name(name), Blob(signature));

    /// <summary>What a field stands for, in the mapped data; fields are to be added in their order.</summary>
    public void AddFieldData(int field, int offset) => data.Add((uint)offset, (uint)field);

    /// <summary>A method.</summary>
    /// <param name="flags">Its flags.</param>
    /// <param name="implementation">How it is to be compiled.</param>
    /// <param name="name">Its name.</param>
    /// <param name="signature">Its signature, in the heap of blobs.</param>
    /// <param name="body">Where its body is in the stream of code.</param>
    public int AddMethod(MethodAttributes flags, MethodImplAttributes implementation, string name, int signature, int body) => methods.Add(
        (uint)body, (uint)implementation, (uint)flags, Name(name), (uint)signature, (uint)MetadataTable.Token(TableKind.Param, 1));

    /// <summary>A reference to a field or method of a type.</summary>
    public int AddMemberReference(int parent, string name, MetadataBlob signature) => members.Add((uint)parent, Name(name), Blob(signature));

    /// <summary>An instance of a generic method.</summary>
    public int AddMethodSpecification(int method, MetadataBlob arguments) => methodSpecifications.Add((uint)method, Blob(arguments));

    /// <summary>A signature by itself: of locals, or of a call through a pointer.</summary>
    public int AddSignature(MetadataBlob signature) => AddSignature(blobs.Add(signature.Written));

    /// <summary>A signature that is in the heap of blobs.</summary>
    public int AddSignature(int blob) => signatures.Add((uint)blob);

    /// <summary>An attribute; all are to be of one owner.</summary>
    public void AddAttribute(int owner, int constructor, MetadataBlob value) => attributes.Add((uint)owner, (uint)constructor, Blob(value));

    /// <summary>The token of a string that code loads.</summary>
    public int AddUserString(string text) => MetadataTable.Token(TableKind.UserString, userStrings.Add(text));

    private uint Name(string text) => (uint)strings.Add(text);

    private uint Blob(MetadataBlob blob) => (uint)blobs.Add(blob.Written);
}
