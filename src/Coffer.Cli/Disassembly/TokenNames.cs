using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Coffer.Cli.Disassembly;

/// <summary>What the tokens of an image name.</summary>
internal sealed class TokenNames(MetadataReader metadata)
{
    public string Describe(int token)
    {
        var handle = MetadataTokens.EntityHandle(token);
        return PlainText.OneLine(Name(handle) is { Length: > 0 } name ? name : $"0x{token:x8}");
    }

    private string Name(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.MethodDefinition => Text(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).Name),
        HandleKind.FieldDefinition => Text(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).Name),
        HandleKind.TypeDefinition => Text(metadata.GetTypeDefinition((TypeDefinitionHandle)handle).Name),
        HandleKind.TypeReference => Text(metadata.GetTypeReference((TypeReferenceHandle)handle).Name),
        HandleKind.MemberReference => NameOfMember(metadata.GetMemberReference((MemberReferenceHandle)handle)),
        HandleKind.MethodSpecification =>
            Name(metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method),
        HandleKind.TypeSpecification => NameOfSpecification((TypeSpecificationHandle)handle),
        _ => "",
    };

    private string NameOfMember(MemberReference member) => $"{Name(member.Parent)}.{Text(member.Name)}";

    // The first type that the signature names: ValueTuple, Vector128 and the like.
    private string NameOfSpecification(TypeSpecificationHandle handle)
    {
        var blob = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        while (blob.RemainingBytes > 1)
        {
            if (blob.ReadByte() is (byte)SignatureTypeCode.TypeHandle or 0x11 or 0x12)
            {
                return Name(blob.ReadTypeHandle());
            }
        }

        return "";
    }

    private string Text(StringHandle handle) => metadata.GetString(handle);
}
