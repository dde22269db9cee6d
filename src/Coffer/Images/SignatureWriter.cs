using System.Reflection;

namespace Coffer.Images;

/// <summary>Writes CLR types and members into metadata signatures (ECMA-335, II.23.2).</summary>
internal sealed class SignatureWriter(MetadataTables metadata)
{
    private const byte Pointer = 0x0F, ByReference = 0x10, ValueTypeCode = 0x11, Class = 0x12, GenericParameter = 0x13,
        GenericInstance = 0x15, NativeInt = 0x18, NativeUInt = 0x19, Object = 0x1C, Array = 0x1D, MethodParameter = 0x1E;

    private readonly Dictionary<Type, int> types = [];
    private readonly Dictionary<MemberInfo, int> members = [];
    // By definition, then by argument: a key of two parts would be a dictionary that the JIT compiler has to make.
    private readonly Dictionary<MemberInfo, Dictionary<Type, int>> constructed = [];
    private readonly Dictionary<Assembly, int> assemblies = [];

    /// <summary>The token of a type.</summary>
    public int Type(Type type)
    {
        if (types.TryGetValue(type, out var token)) return token;
        if (type.IsConstructedGenericType)
        {
            var blob = new MetadataBlob();
            Write(blob, type);
            token = metadata.AddTypeSpecification(blob);
        }
        else
        {
            var scope = type.DeclaringType is { } outer ? Type(outer) : Assembly(type.Assembly);
            token = metadata.AddTypeReference(scope, type.DeclaringType is null ? type.Namespace ?? "" : "", type.Name);
        }

        types.Add(type, token);
        return token;
    }

    /// <summary>Whether a type was referred to.</summary>
    public bool Names(Type type) => types.ContainsKey(type);

    /// <summary>The token of a method or constructor; generic methods must be constructed.</summary>
    public int Method(MethodBase method)
    {
        if (members.TryGetValue(method, out var token)) return token;
        if (method is MethodInfo { IsConstructedGenericMethod: true } generic)
        {
            token = Specification(generic.GetGenericMethodDefinition(), generic.GetGenericArguments());
        }
        else
        {
            token = metadata.AddMemberReference(Type(method.DeclaringType!), method.Name, Signature(method));
        }

        members.Add(method, token);
        return token;
    }

    /// <summary>The token of a generic method with one type argument, which need not have been constructed.</summary>
    public int Method(MethodInfo definition, Type argument)
    {
        if (!constructed.TryGetValue(definition, out var known)) constructed.Add(definition, known = []);
        if (known.TryGetValue(argument, out var token)) return token;
        token = Specification(definition, [argument]);
        known.Add(argument, token);
        return token;
    }

    private int Specification(MethodInfo definition, Type[] arguments)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x0A);
        blob.WriteCompressed(arguments.Length);
        foreach (var argument in arguments) Write(blob, argument);
        return metadata.AddMethodSpecification(Method(definition), blob);
    }

    public int Field(FieldInfo field)
    {
        if (members.TryGetValue(field, out var token)) return token;
        var definition = Definition(field.DeclaringType!).GetField(field.Name, AllMembers)!;
        var blob = new MetadataBlob();
        blob.WriteByte(0x06);
        if (IsAmong(definition.GetRequiredCustomModifiers(), typeof(System.Runtime.CompilerServices.IsVolatile)))
        {
            blob.WriteByte(0x1F);
            blob.WriteCompressed(MetadataWriter.CodedType(Type(typeof(System.Runtime.CompilerServices.IsVolatile))));
        }

        Write(blob, definition.FieldType);
        token = metadata.AddMemberReference(Type(field.DeclaringType!), field.Name, blob);
        members.Add(field, token);
        return token;
    }

    private const BindingFlags AllMembers =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static bool IsAmong(Type[] array, Type type) => System.Array.IndexOf(array, type) >= 0;

    private static Type Definition(Type type) => type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;

    private MetadataBlob Signature(MethodBase method)
    {
        // A member of a generic instance is described in terms of the definition's type parameters.
        if (method.DeclaringType!.IsConstructedGenericType)
        {
            method = Definition(method.DeclaringType).GetMembers(AllMembers).OfType<MethodBase>()
                .Single(candidate => candidate.HasSameMetadataDefinitionAs(method));
        }

        var blob = new MetadataBlob();
        var parameters = method.GetParameters();
        var flags = (byte)(method.IsStatic ? 0x00 : 0x20);
        if (method.IsGenericMethodDefinition) flags |= 0x10;
        blob.WriteByte(flags);
        if (method.IsGenericMethodDefinition) blob.WriteCompressed(method.GetGenericArguments().Length);
        blob.WriteCompressed(parameters.Length);
        Write(blob, method is MethodInfo info ? info.ReturnType : typeof(void));
        foreach (var parameter in parameters) Write(blob, parameter.ParameterType);
        return blob;
    }

    /// <summary>Writes a type into a signature.</summary>
    public void Write(MetadataBlob blob, Type type)
    {
        if (type.IsByRef)
        {
            blob.WriteByte(ByReference);
            Write(blob, type.GetElementType()!);
        }
        else if (type.IsPointer)
        {
            blob.WriteByte(Pointer);
            Write(blob, type.GetElementType()!);
        }
        else if (type.IsSZArray)
        {
            blob.WriteByte(Array);
            Write(blob, type.GetElementType()!);
        }
        else if (type.IsGenericParameter)
        {
            blob.WriteByte(type.DeclaringMethod is null ? GenericParameter : MethodParameter);
            blob.WriteCompressed(type.GenericParameterPosition);
        }
        else if (type.IsGenericType)
        {
            blob.WriteByte(GenericInstance);
            WriteNamed(blob, Definition(type));
            var arguments = type.GetGenericArguments();
            blob.WriteCompressed(arguments.Length);
            foreach (var argument in arguments) Write(blob, argument);
        }
        else if (Primitive(type) is var code and not 0)
        {
            blob.WriteByte(code);
        }
        else
        {
            WriteNamed(blob, type);
        }
    }

    private void WriteNamed(MetadataBlob blob, Type type)
    {
        blob.WriteByte(type.IsValueType ? ValueTypeCode : Class);
        blob.WriteCompressed(MetadataWriter.CodedType(Type(type)));
    }

    private static byte Primitive(Type type)
    {
        if (type.IsEnum) return 0;
        return System.Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => 0x02,
            TypeCode.Char => 0x03,
            TypeCode.SByte => 0x04,
            TypeCode.Byte => 0x05,
            TypeCode.Int16 => 0x06,
            TypeCode.UInt16 => 0x07,
            TypeCode.Int32 => 0x08,
            TypeCode.UInt32 => 0x09,
            TypeCode.Int64 => 0x0A,
            TypeCode.UInt64 => 0x0B,
            TypeCode.Single => 0x0C,
            TypeCode.Double => 0x0D,
            TypeCode.String => 0x0E,
            _ when type == typeof(void) => 0x01,
            _ when type == typeof(object) => Object,
            _ when type == typeof(nint) => NativeInt,
            _ when type == typeof(nuint) => NativeUInt,
            _ => 0,
        };
    }

    private int Assembly(Assembly assembly)
    {
        if (assemblies.TryGetValue(assembly, out var token)) return token;
        var name = assembly.GetName();
        token = metadata.AddAssemblyReference(name.Name!, name.Version ?? new Version(0, 0, 0, 0), name.GetPublicKeyToken());
        assemblies.Add(assembly, token);
        return token;
    }
}
