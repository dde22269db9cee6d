using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>Writes the assembly of a layout: one class with public fields and two constructors.</summary>
internal sealed class LayoutImage
{
    private const string AccessAttribute = "IgnoresAccessChecksToAttribute";
    private const int StackSlack = 8;

    private readonly StructLayout layout;
    private readonly MetadataBuilder metadata = new();
    private readonly BlobBuilder code = new();
    private readonly MethodBodyStreamEncoder bodies;
    private readonly AssemblyReferenceHandle core;
    private readonly TypeReferenceHandle baseClass;
    private readonly TypeReferenceHandle definedType;
    private readonly List<FieldDefinitionHandle> fields = [];

    private LayoutImage(StructLayout layout)
    {
        this.layout = layout;
        bodies = new MethodBodyStreamEncoder(code);
        core = Reference(typeof(object).Assembly.GetName());
        var engine = Reference(typeof(GcObject).Assembly.GetName());
        definedType = Reference(engine, typeof(DefinedType).Namespace!, nameof(DefinedType));
        baseClass = layout.Parent is { } parent
            ? Reference(Reference(new AssemblyName(parent.AssemblyName)), StructLayout.TypeNamespace, StructLayout.TypeName)
            : Reference(engine, typeof(StructObject).Namespace!, nameof(StructObject));
    }

    /// <summary>The image of a layout's assembly.</summary>
    public static byte[] Write(StructLayout layout) => new LayoutImage(layout).Write();

    private byte[] Write()
    {
        var name = metadata.GetOrAddString(layout.AssemblyName);
        metadata.AddModule(0, name, metadata.GetOrAddGuid(Guid.Empty), default, default);
        var assembly = metadata.AddAssembly(name, new Version(1, 0, 0, 0), default, default, default, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(
            default, default, metadata.GetOrAddString("<Module>"), default, Field(1), Method(1));
        DefineAccessAttribute(assembly);
        DefineClass();

        var image = new BlobBuilder();
        new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata), code, deterministicIdProvider: static _ => default).Serialize(image);
        return image.ToArray();
    }

    /// <summary>
    /// The base classes are internal to the engine. The runtime lets an assembly past access checks that carries this
    /// attribute, which each assembly has to define for itself.
    /// </summary>
    private void DefineAccessAttribute(AssemblyDefinitionHandle assembly)
    {
        var attribute = Reference(core, "System", nameof(Attribute));
        metadata.AddTypeDefinition(
            TypeAttributes.Class | TypeAttributes.NotPublic | TypeAttributes.Sealed,
            metadata.GetOrAddString("System.Runtime.CompilerServices"), metadata.GetOrAddString(AccessAttribute), attribute,
            Field(1), Method(1));

        var il = new InstructionEncoder(new BlobBuilder());
        il.LoadArgument(0);
        il.Call(metadata.AddMemberReference(attribute, metadata.GetOrAddString(".ctor"), Signature([])));
        il.OpCode(ILOpCode.Ret);
        var constructor = DefineConstructor(il, Signature([encoder => encoder.String()]), 1);

        var value = new BlobBuilder();
        value.WriteUInt16(1);
        value.WriteSerializedString(typeof(GcObject).Assembly.GetName().Name);
        value.WriteUInt16(0);
        metadata.AddCustomAttribute(assembly, constructor, metadata.GetOrAddBlob(value));
    }

    private void DefineClass()
    {
        metadata.AddTypeDefinition(
            TypeAttributes.Class | TypeAttributes.Public,
            metadata.GetOrAddString(StructLayout.TypeNamespace), metadata.GetOrAddString(StructLayout.TypeName), baseClass,
            Field(1), Method(2));
        for (var i = layout.InheritedFields; i < layout.Fields.Length; i++)
        {
            var signature = new BlobBuilder();
            Write(new BlobEncoder(signature).Field().Type(), layout.Fields[i]);
            fields.Add(metadata.AddFieldDefinition(
                FieldAttributes.Public, metadata.GetOrAddString(StructLayout.FieldName(i)), metadata.GetOrAddBlob(signature)));
        }

        DefineDefaultConstructor();
        if (layout.HasFieldConstructor) DefineFieldConstructor();
    }

    private void DefineDefaultConstructor()
    {
        var il = new InstructionEncoder(new BlobBuilder());
        il.LoadArgument(0);
        il.LoadArgument(1);
        il.Call(BaseConstructor(Signature([WriteDefinedType])));
        il.OpCode(ILOpCode.Ret);
        DefineConstructor(il, Signature([WriteDefinedType]), 1);
    }

    private void DefineFieldConstructor()
    {
        var inherited = layout.InheritedFields;
        var il = new InstructionEncoder(new BlobBuilder());
        il.LoadArgument(0);
        for (var i = 1; i <= inherited; i++) il.LoadArgument(i);
        il.LoadArgument(layout.Fields.Length + 1);
        il.Call(BaseConstructor(FieldSignature(inherited)));
        for (var i = inherited; i < layout.Fields.Length; i++)
        {
            il.LoadArgument(0);
            il.LoadArgument(i + 1);
            il.OpCode(ILOpCode.Stfld);
            il.Token(fields[i - inherited]);
        }

        il.OpCode(ILOpCode.Ret);
        DefineConstructor(il, FieldSignature(layout.Fields.Length), layout.Fields.Length + 1);
    }

    private MethodDefinitionHandle DefineConstructor(InstructionEncoder il, BlobHandle signature, int parameters)
    {
        var body = bodies.AddMethodBody(il, maxStack: parameters + StackSlack);
        return metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.HideBySig | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName,
            MethodImplAttributes.IL | MethodImplAttributes.AggressiveInlining, metadata.GetOrAddString(".ctor"), signature,
            body, MetadataTokens.ParameterHandle(1));
    }

    private MemberReferenceHandle BaseConstructor(BlobHandle signature) =>
        metadata.AddMemberReference(baseClass, metadata.GetOrAddString(".ctor"), signature);

    private BlobHandle FieldSignature(int count)
    {
        var parameters = new List<Action<SignatureTypeEncoder>>();
        for (var i = 0; i < count; i++)
        {
            var letter = layout.Fields[i];
            parameters.Add(encoder => Write(encoder, letter));
        }

        parameters.Add(WriteDefinedType);
        return Signature(parameters);
    }

    private BlobHandle Signature(List<Action<SignatureTypeEncoder>> parameters)
    {
        var blob = new BlobBuilder();
        new BlobEncoder(blob).MethodSignature(isInstanceMethod: true).Parameters(
            parameters.Count,
            static result => result.Void(),
            encoder =>
            {
                foreach (var parameter in parameters) parameter(encoder.AddParameter().Type());
            });
        return metadata.GetOrAddBlob(blob);
    }

    private void WriteDefinedType(SignatureTypeEncoder encoder) => encoder.Type(definedType, isValueType: false);

    private void Write(SignatureTypeEncoder encoder, char letter)
    {
        switch (letter)
        {
            case 'b':
                encoder.SByte();
                break;
            case 'h':
                encoder.Int16();
                break;
            case 'i':
                encoder.Int32();
                break;
            case 'l':
                encoder.Int64();
                break;
            case 'f':
                encoder.Single();
                break;
            case 'd':
                encoder.Double();
                break;
            case 'v':
                var vector = Reference(core, typeof(Vector128<>).Namespace!, typeof(Vector128<>).Name);
                encoder.GenericInstantiation(vector, 1, isValueType: true).AddArgument().Byte();
                break;
            default:
                encoder.Object();
                break;
        }
    }

    private AssemblyReferenceHandle Reference(AssemblyName name) => metadata.AddAssemblyReference(
        metadata.GetOrAddString(name.Name!), name.Version ?? new Version(1, 0, 0, 0), default,
        name.GetPublicKeyToken() is { Length: > 0 } token ? metadata.GetOrAddBlob(token) : default, default, default);

    private TypeReferenceHandle Reference(AssemblyReferenceHandle scope, string space, string name) =>
        metadata.AddTypeReference(scope, metadata.GetOrAddString(space), metadata.GetOrAddString(name));

    private static FieldDefinitionHandle Field(int row) => MetadataTokens.FieldDefinitionHandle(row);

    private static MethodDefinitionHandle Method(int row) => MetadataTokens.MethodDefinitionHandle(row);
}
