using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Coffer.Compilation;
using Coffer.Images;

namespace Coffer.Tests.Images;

/// <summary>Images as the platform's own reader sees them.</summary>
public sealed class ImageFileTests
{
    private static MetadataBlob Blob(params ReadOnlySpan<byte> bytes)
    {
        var blob = new MetadataBlob();
        blob.WriteBytes(bytes);
        return blob;
    }

    private static PEReader Read(MetadataTables metadata, MethodBodies? bodies = null, MetadataBlob? data = null, int entryPoint = 0) =>
        new(ImageFile.Write(metadata, bodies ?? new MethodBodies(), data, entryPoint).ToImmutableArray());

    private static CilWriter Returning(int bytes)
    {
        var writer = new CilWriter();
        for (var i = 1; i < bytes; i++) writer.Op(ILOpCode.Nop);
        writer.Op(ILOpCode.Ret);
        return writer;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Headers_OfLibrariesAndPrograms_TellWhichTheyAre(bool isProgram)
    {
        var metadata = new MetadataTables("a", "a.dll");
        using var reader = Read(metadata, entryPoint: isProgram ? MetadataTables.MethodToken(1) : 0);
        var headers = reader.PEHeaders;
        Assert.Equal(!isProgram, headers.IsDll);
        Assert.Equal(CorFlags.ILOnly, headers.CorHeader!.Flags);
        Assert.Equal(isProgram ? MetadataTables.MethodToken(1) : 0, headers.CorHeader.EntryPointTokenOrRelativeVirtualAddress);
        Assert.Equal(Machine.I386, headers.CoffHeader.Machine);
        Assert.Equal(PEMagic.PE32, headers.PEHeader!.Magic);
        Assert.Equal([".text", ".reloc"], headers.SectionHeaders.Select(section => section.Name));
        // The entry jumps through the only imported address, which the relocation moves with the image.
        var entry = reader.GetSectionData(headers.PEHeader.AddressOfEntryPoint).GetContent(0, 6).ToArray();
        Assert.Equal([0xFF, 0x25], entry[..2]);
        Assert.Equal(headers.PEHeader.ImageBase + (ulong)headers.PEHeader.ImportAddressTableDirectory.RelativeVirtualAddress, BitConverter.ToUInt32(entry, 2));
        var relocation = reader.GetSectionData(headers.PEHeader.BaseRelocationTableDirectory.RelativeVirtualAddress).GetContent(0, 12).ToArray();
        var target = BitConverter.ToUInt32(relocation) + (BitConverter.ToUInt16(relocation, 8) & 0xFFF);
        Assert.Equal(headers.PEHeader.AddressOfEntryPoint + 2, target);
        Assert.Equal(3, relocation[9] >> 4);
        var name = BitConverter.ToInt32(reader.GetSectionData(headers.PEHeader.ImportAddressTableDirectory.RelativeVirtualAddress).GetContent(0, 4).ToArray());
        var imported = reader.GetSectionData(name).GetContent(2, 11).ToArray();
        Assert.Equal(isProgram ? "_CorExeMain" : "_CorDllMain", System.Text.Encoding.ASCII.GetString(imported));
    }

    [Fact]
    public void Rows_OfEveryTable_AreReadAsWritten()
    {
        var identity = Guid.NewGuid();
        var metadata = new MetadataTables("assembly", "module.dll") { Identity = identity };
        var platform = metadata.AddAssemblyReference("platform", new Version(1, 2, 3, 4), [1, 2, 3, 4, 5, 6, 7, 8]);
        var baseType = metadata.AddTypeReference(platform, "space", "Base");
        var inner = metadata.AddTypeReference(baseType, "", "Inner");
        var generic = metadata.AddTypeSpecification(Blob(0x15, 0x12, (byte)MetadataWriter.CodedType(baseType), 1, 0x08));
        var type = metadata.AddType(TypeAttributes.Public, "space", "Type", baseType, MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        var sized = metadata.AddType(TypeAttributes.ExplicitLayout, "", "Sized", inner, MetadataTables.FieldToken(2), MetadataTables.MethodToken(2));
        metadata.AddLayout(sized, 1, 24);
        var data = new MetadataBlob();
        data.WriteBytes("what fields stand for"u8);
        var field = metadata.AddField(FieldAttributes.Static | FieldAttributes.HasFieldRVA, "field", Blob(0x06, 0x08));
        metadata.AddField(FieldAttributes.Public, "second", Blob(0x06, 0x0A));
        metadata.AddFieldData(field, 5);
        var bodies = new MethodBodies();
        metadata.AddMethod(MethodAttributes.Static, MethodImplAttributes.AggressiveInlining, "first", metadata.Blobs.Add([0x00, 0x00, 0x01]), bodies.Add(Returning(3), 8));
        metadata.AddMethod(MethodAttributes.Public, MethodImplAttributes.IL, "other", metadata.Blobs.Add([0x00, 0x00, 0x01]), bodies.Add(Returning(1), 9));
        var member = metadata.AddMemberReference(generic, "Member", Blob(0x06, 0x13, 0x00));
        var ofType = metadata.AddMemberReference(type, "Own", Blob(0x06, 0x08));
        var method = metadata.AddMethodSpecification(member, Blob(0x0A, 0x01, 0x08));
        var signature = metadata.AddSignature(Blob(0x07, 0x01, 0x08));
        metadata.AddAttribute(MetadataTables.AssemblyToken, member, Blob(1, 0, 0, 0));
        var text = metadata.AddUserString("a text - ünd more");

        using var image = Read(metadata, bodies, data);
        var reader = image.GetMetadataReader();
        Assert.Equal(identity, reader.GetGuid(reader.GetModuleDefinition().Mvid));
        Assert.Equal("module.dll", reader.GetString(reader.GetModuleDefinition().Name));
        Assert.Equal("assembly", reader.GetString(reader.GetAssemblyDefinition().Name));
        Assert.Equal(new Version(1, 0, 0, 0), reader.GetAssemblyDefinition().Version);
        var reference = reader.GetAssemblyReference((AssemblyReferenceHandle)Handle(platform));
        Assert.Equal("platform", reader.GetString(reference.Name));
        Assert.Equal(new Version(1, 2, 3, 4), reference.Version);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], reader.GetBlobBytes(reference.PublicKeyOrToken));
        var innerType = reader.GetTypeReference((TypeReferenceHandle)Handle(inner));
        Assert.Equal(Handle(baseType), innerType.ResolutionScope);
        Assert.Equal("Inner", reader.GetString(innerType.Name));
        Assert.Equal(Handle(platform), reader.GetTypeReference((TypeReferenceHandle)Handle(baseType)).ResolutionScope);
        var definition = reader.GetTypeDefinition((TypeDefinitionHandle)Handle(type));
        Assert.Equal("space.Type", $"{reader.GetString(definition.Namespace)}.{reader.GetString(definition.Name)}");
        Assert.Equal(Handle(baseType), definition.BaseType);
        Assert.Equal(["field"], definition.GetFields().Select(each => reader.GetString(reader.GetFieldDefinition(each).Name)));
        Assert.Equal(["first"], definition.GetMethods().Select(each => reader.GetString(reader.GetMethodDefinition(each).Name)));
        Assert.Equal(24, reader.GetTypeDefinition((TypeDefinitionHandle)Handle(sized)).GetLayout().Size);
        var address = reader.GetFieldDefinition((FieldDefinitionHandle)Handle(field)).GetRelativeVirtualAddress();
        Assert.Equal(data.Written[5..], image.GetSectionData(address).GetContent(0, data.Length - 5).ToArray());
        Assert.Equal(0, (address - 5) % 8);
        var first = reader.GetMethodDefinition((MethodDefinitionHandle)Handle(MetadataTables.MethodToken(1)));
        Assert.Equal(MethodImplAttributes.AggressiveInlining, first.ImplAttributes);
        var body = image.GetMethodBody(first.RelativeVirtualAddress);
        Assert.Equal(8, body.MaxStack);
        Assert.Equal(new byte[] { 0, 0, 0x2A }, body.GetILBytes());
        Assert.True(body.LocalVariablesInitialized);
        Assert.Equal(9, image.GetMethodBody(reader.GetMethodDefinition((MethodDefinitionHandle)Handle(MetadataTables.MethodToken(2))).RelativeVirtualAddress).MaxStack);
        Assert.Equal(Handle(generic), reader.GetMemberReference((MemberReferenceHandle)Handle(member)).Parent);
        Assert.Equal(Handle(type), reader.GetMemberReference((MemberReferenceHandle)Handle(ofType)).Parent);
        Assert.Equal(Handle(member), reader.GetMethodSpecification((MethodSpecificationHandle)Handle(method)).Method);
        Assert.Equal([0x07, 0x01, 0x08], reader.GetBlobBytes(reader.GetStandaloneSignature((StandaloneSignatureHandle)Handle(signature)).Signature));
        var attribute = reader.GetCustomAttribute(reader.GetAssemblyDefinition().GetCustomAttributes().Single());
        Assert.Equal(Handle(member), attribute.Constructor);
        Assert.Equal("a text - ünd more", reader.GetUserString((UserStringHandle)MetadataTokens.Handle(text)));
    }

    private static EntityHandle Handle(int token) => MetadataTokens.EntityHandle(token);

    [Theory]
    [InlineData(10)]
    // Beyond 65,535 rows or bytes, what refers to a table or heap is four bytes wide; with more bits for the table, sooner.
    [InlineData(9_000)]
    [InlineData(20_000)]
    [InlineData(40_000)]
    [InlineData(70_000)]
    public void Rows_InAnyNumber_AreFound(int count)
    {
        var metadata = new MetadataTables("many", "many");
        var scope = metadata.AddAssemblyReference("platform", new Version(1, 0));
        var bodies = new MethodBodies();
        var types = new int[count];
        metadata.AddType(default, "", "Type", 0, MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        for (var i = 0; i < count; i++)
        {
            types[i] = metadata.AddTypeReference(scope, "", $"Type{i}");
            metadata.AddMemberReference(types[i], $"Member{i}", Blob(0x06, 0x08));
            metadata.AddField(default, $"Field{i}", Blob(0x06, 0x08, (byte)i, (byte)(i >> 8), (byte)(i >> 16)));
            metadata.AddMethod(MethodAttributes.Static, default, $"Method{i}", metadata.Blobs.Add([0x00, 0x00, 0x01]), bodies.Add(Returning(1 + (i % 7)), 8));
        }

        using var image = Read(metadata, bodies);
        var reader = image.GetMetadataReader();
        Assert.Equal(count, reader.MethodDefinitions.Count);
        foreach (var i in (int[])[0, 1, count / 2, count - 2, count - 1])
        {
            var type = reader.GetTypeReference((TypeReferenceHandle)Handle(types[i]));
            Assert.Equal($"Type{i}", reader.GetString(type.Name));
            Assert.Equal(Handle(scope), type.ResolutionScope);
            var member = reader.GetMemberReference(MetadataTokens.MemberReferenceHandle(i + 1));
            Assert.Equal($"Member{i}", reader.GetString(member.Name));
            Assert.Equal(Handle(types[i]), member.Parent);
            var field = reader.GetFieldDefinition(MetadataTokens.FieldDefinitionHandle(i + 1));
            Assert.Equal([0x06, 0x08, (byte)i, (byte)(i >> 8), (byte)(i >> 16)], reader.GetBlobBytes(field.Signature));
            Assert.Equal("Type", reader.GetString(reader.GetTypeDefinition(field.GetDeclaringType()).Name));
            var method = reader.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(i + 1));
            Assert.Equal($"Method{i}", reader.GetString(method.Name));
            Assert.Equal(1 + (i % 7), image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!.Length);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x7F)]
    [InlineData(0x80)]
    [InlineData(0x3FFF)]
    [InlineData(0x4000)]
    [InlineData(100_000)]
    public void Blobs_OfAnyLength_AreKeptOnce(int length)
    {
        var metadata = new MetadataTables("blobs", "blobs");
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        var offsets = new HashSet<int>();
        for (var i = 0; i < 300; i++)
        {
            metadata.Blobs.Add([(byte)i, 1, 2, (byte)(i >> 8)]);
            offsets.Add(metadata.Blobs.Add(bytes));
        }

        var token = metadata.AddSignature(offsets.Single());
        using var image = Read(metadata);
        var reader = image.GetMetadataReader();
        Assert.Equal(bytes, reader.GetBlobBytes(reader.GetStandaloneSignature((StandaloneSignatureHandle)Handle(token)).Signature));
    }

    [Fact]
    public void Handlers_OfEachKind_AreReadAsWritten()
    {
        var metadata = new MetadataTables("handlers", "handlers");
        var caught = metadata.AddTypeReference(metadata.AddAssemblyReference("platform", new Version(1, 0)), "System", "Exception");
        metadata.AddType(default, "", "Type", 0, MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        var bodies = new MethodBodies();
        // Something in front, so that the stream is not aligned by chance.
        bodies.Add(Returning(6), 8);
        var body = bodies.Add(Returning(3).Code, Returning(90).Code, 8, 0,
        [
            new HandlerClause(0, 10, 10, 20) { CatchToken = caught },
            new HandlerClause(0, 30, 40, 50) { Kind = HandlerKind.Filter, FilterStart = 30 },
            new HandlerClause(0, 60, 60, 70) { Kind = HandlerKind.Finally },
        ]);
        metadata.AddMethod(MethodAttributes.Static, default, "method", metadata.Blobs.Add([0x00, 0x00, 0x01]), body);
        using var image = Read(metadata, bodies);
        var method = image.GetMetadataReader().GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(1));
        var regions = image.GetMethodBody(method.RelativeVirtualAddress).ExceptionRegions;
        Assert.Equal(
            [ExceptionRegionKind.Catch, ExceptionRegionKind.Filter, ExceptionRegionKind.Finally], regions.Select(region => region.Kind));
        Assert.Equal(Handle(caught), regions[0].CatchType);
        Assert.Equal((3, 10, 13, 10), (regions[0].TryOffset, regions[0].TryLength, regions[0].HandlerOffset, regions[0].HandlerLength));
        Assert.Equal((33, 43, 10), (regions[1].FilterOffset, regions[1].HandlerOffset, regions[1].HandlerLength));
        Assert.Equal((3, 60, 63, 10), (regions[2].TryOffset, regions[2].TryLength, regions[2].HandlerOffset, regions[2].HandlerLength));
    }
}
