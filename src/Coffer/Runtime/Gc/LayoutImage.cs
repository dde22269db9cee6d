using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Coffer.Compilation;
using Coffer.Images;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>Writes the assembly of a layout: one class with public fields and two constructors.</summary>
internal sealed class LayoutImage
{
    private const string AccessAttribute = "IgnoresAccessChecksToAttribute";
    private const int StackSlack = 8;
    private const byte FieldSignature = 0x06, InstanceMethod = 0x20, Void = 0x01, String = 0x0E;

    private readonly StructLayout layout;
    private readonly MetadataTables metadata;
    private readonly MethodBodies bodies = new(256);
    private readonly SignatureWriter signatures;
    private readonly int baseClass;
    private int methods;

    private LayoutImage(StructLayout layout)
    {
        this.layout = layout;
        metadata = new MetadataTables(layout.AssemblyName, layout.AssemblyName);
        signatures = new SignatureWriter(metadata);
        baseClass = layout.Parent is { } parent
            ? metadata.AddTypeReference(
                metadata.AddAssemblyReference(parent.AssemblyName, new Version(1, 0, 0, 0)), StructLayout.TypeNamespace, StructLayout.TypeName)
            : signatures.Type(typeof(StructObject));
    }

    /// <summary>The image of a layout's assembly.</summary>
    public static byte[] Write(StructLayout layout) => new LayoutImage(layout).Write();

    private byte[] Write()
    {
        DefineAccessAttribute();
        DefineClass();
        return ImageFile.Write(metadata, bodies);
    }

    /// <summary>
    /// The base classes are internal to the engine. The runtime lets an assembly past access checks that carries this
    /// attribute, which each assembly has to define for itself.
    /// </summary>
    private void DefineAccessAttribute()
    {
        var attribute = signatures.Type(typeof(Attribute));
        metadata.AddType(
            TypeAttributes.Class | TypeAttributes.NotPublic | TypeAttributes.Sealed, typeof(RuntimeHelpers).Namespace!, AccessAttribute, attribute,
            MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));

        var writer = new CilWriter();
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Call, metadata.AddMemberReference(attribute, ".ctor", Constructor(0)));
        writer.Op(ILOpCode.Ret);
        var signature = Constructor(1);
        signature.WriteByte(String);
        var constructor = DefineConstructor(writer, signature, 1);

        var value = new MetadataBlob();
        value.WriteUInt16(1);
        value.WriteSerializedString(typeof(GcObject).Assembly.GetName().Name!);
        value.WriteUInt16(0);
        metadata.AddAttribute(MetadataTables.AssemblyToken, constructor, value);
    }

    private void DefineClass()
    {
        metadata.AddType(
            TypeAttributes.Class | TypeAttributes.Public, StructLayout.TypeNamespace, StructLayout.TypeName, baseClass,
            MetadataTables.FieldToken(1), MetadataTables.MethodToken(2));
        for (var i = layout.InheritedFields; i < layout.Fields.Length; i++)
        {
            var signature = new MetadataBlob();
            signature.WriteByte(FieldSignature);
            signatures.Write(signature, StorageShape.ClrType(layout.Fields[i]));
            metadata.AddField(FieldAttributes.Public, StructLayout.FieldName(i), signature);
        }

        DefineDefaultConstructor();
        if (layout.HasFieldConstructor) DefineFieldConstructor();
    }

    private void DefineDefaultConstructor()
    {
        var writer = new CilWriter();
        writer.LoadArgument(0);
        writer.LoadArgument(1);
        writer.Op(ILOpCode.Call, metadata.AddMemberReference(baseClass, ".ctor", ConstructorOf(0)));
        writer.Op(ILOpCode.Ret);
        DefineConstructor(writer, ConstructorOf(0), 1);
    }

    private void DefineFieldConstructor()
    {
        var inherited = layout.InheritedFields;
        var writer = new CilWriter();
        writer.LoadArgument(0);
        for (var i = 1; i <= inherited; i++) writer.LoadArgument(i);
        writer.LoadArgument(layout.Fields.Length + 1);
        writer.Op(ILOpCode.Call, metadata.AddMemberReference(baseClass, ".ctor", ConstructorOf(inherited)));
        for (var i = inherited; i < layout.Fields.Length; i++)
        {
            writer.LoadArgument(0);
            writer.LoadArgument(i + 1);
            writer.Op(ILOpCode.Stfld, MetadataTables.FieldToken(i - inherited + 1));
        }

        writer.Op(ILOpCode.Ret);
        DefineConstructor(writer, ConstructorOf(layout.Fields.Length), layout.Fields.Length + 1);
    }

    private int DefineConstructor(CilWriter writer, MetadataBlob signature, int parameters)
    {
        metadata.AddMethod(
            MethodAttributes.Public | MethodAttributes.HideBySig | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName,
            MethodImplAttributes.IL | MethodImplAttributes.AggressiveInlining, ".ctor", metadata.Blobs.Add(signature.Written),
            bodies.Add(writer, parameters + StackSlack));
        return MetadataTables.MethodToken(++methods);
    }

    /// <summary>The signature of a constructor that takes the first fields, and the type.</summary>
    private MetadataBlob ConstructorOf(int fields)
    {
        var signature = Constructor(fields + 1);
        for (var i = 0; i < fields; i++) signatures.Write(signature, StorageShape.ClrType(layout.Fields[i]));
        signatures.Write(signature, typeof(DefinedType));
        return signature;
    }

    private static MetadataBlob Constructor(int parameters)
    {
        var signature = new MetadataBlob();
        signature.WriteByte(InstanceMethod);
        signature.WriteCompressed(parameters);
        signature.WriteByte(Void);
        return signature;
    }
}
