using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.Intrinsics;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// A method of the platform that RyuJIT replaces by instructions where it is called: a static method of
/// <see cref="Vector128"/> or <see cref="Vector128{T}"/>, or one of a processor's instructions.
/// </summary>
internal sealed class IntrinsicMethod
{
    private readonly Type _declaring;
    private readonly string _name;
    private readonly Type? _element;
    private readonly Type[]? _parameters;
    private MethodInfo? _definition;

    private IntrinsicMethod(Type declaring, string name, Type? element, Type[]? parameters)
    {
        _declaring = declaring;
        _name = name;
        _element = element;
        _parameters = parameters;
    }

    /// <summary>The method as declared: open if it, or its type, has a type parameter. Found on first use.</summary>
    public MethodInfo Definition => _definition ??= _parameters is null
        ? _declaring.GetMethods(BindingFlags.Public | BindingFlags.Static).Single(IsMeant)
        : _declaring.GetMethod(_name, _parameters) ?? throw new MissingMethodException(_declaring.Name, _name);

    /// <summary>The method to call, with the element type put in.</summary>
    public MethodInfo Closed => _element is null
        ? Definition
        : IsOperator
            ? typeof(Vector128<>).MakeGenericType(_element).GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Single(method => method.MetadataToken == Definition.MetadataToken)
            : Definition.MakeGenericMethod(_element);

    private bool IsOperator => _declaring == typeof(Vector128<>);

    /// <summary>An operator, such as <c>op_Addition</c>, of the vector of <paramref name="element"/>.</summary>
    public static IntrinsicMethod Operator(string name, Type element) => new(typeof(Vector128<>), name, element, null);

    /// <summary>A method of <see cref="Vector128"/> whose one type parameter is the element type.</summary>
    public static IntrinsicMethod Generic(string name, Type element) => new(typeof(Vector128), name, element, null);

    /// <summary>A method that is not generic, by its parameters.</summary>
    public static IntrinsicMethod Plain(Type declaring, string name, params Type[] parameters) =>
        new(declaring, name, null, parameters);

    /// <summary>An instruction of the processor, by its parameters.</summary>
    public static IntrinsicMethod Plain<T>(string name, params Type[] parameters) => Plain(typeof(T), name, parameters);

    /// <summary>Refers to the method from an image that is being written.</summary>
    /// <param name="metadata">The tables of the image.</param>
    /// <param name="typeReference">The handle of a type of the platform, which may be nested or open.</param>
    public EntityHandle AddTo(MetadataBuilder metadata, Func<Type, EntityHandle> typeReference)
    {
        var parent = typeReference(_declaring);
        if (IsOperator)
        {
            var blob = new BlobBuilder();
            var vector = typeof(Vector128<>).MakeGenericType(_element!);
            Encode(new BlobEncoder(blob).TypeSpecificationSignature(), vector, typeReference);
            parent = metadata.AddTypeSpecification(metadata.GetOrAddBlob(blob));
        }

        var signature = new BlobBuilder();
        new BlobEncoder(signature)
            .MethodSignature(genericParameterCount: Definition.IsGenericMethodDefinition ? 1 : 0)
            .Parameters(Definition.GetParameters().Length, out var result, out var parameters);
        Encode(result.Type(), Definition.ReturnType, typeReference);
        foreach (var parameter in Definition.GetParameters())
            Encode(parameters.AddParameter().Type(), parameter.ParameterType, typeReference);
        var member = metadata.AddMemberReference(
            parent, metadata.GetOrAddString(_name), metadata.GetOrAddBlob(signature));
        if (!Definition.IsGenericMethodDefinition)
            return member;

        var instantiation = new BlobBuilder();
        Encode(new BlobEncoder(instantiation).MethodSpecificationSignature(1).AddArgument(), _element!, typeReference);
        return metadata.AddMethodSpecification(member, metadata.GetOrAddBlob(instantiation));
    }

    private bool IsMeant(MethodInfo method) =>
        method.Name == _name
        && (IsOperator || (method.IsGenericMethodDefinition && method.GetGenericArguments().Length == 1))
        // Not the operators between a vector and a single element.
        && !method.GetParameters().Any(parameter => parameter.ParameterType.IsGenericParameter);

    private static void Encode(SignatureTypeEncoder encoder, Type type, Func<Type, EntityHandle> typeReference)
    {
        if (type.IsPointer)
            Encode(encoder.Pointer(), type.GetElementType()!, typeReference);
        else if (type.IsGenericMethodParameter)
            encoder.GenericMethodTypeParameter(type.GenericParameterPosition);
        else if (type.IsGenericTypeParameter)
            encoder.GenericTypeParameter(type.GenericParameterPosition);
        else if (type.IsGenericType)
        {
            var arguments = encoder.GenericInstantiation(
                typeReference(type.GetGenericTypeDefinition()), genericArgumentCount: 1, isValueType: true);
            Encode(arguments.AddArgument(), type.GetGenericArguments()[0], typeReference);
        }
        else
        {
            encoder.PrimitiveType(Enum.Parse<PrimitiveTypeCode>(type.Name));
        }
    }
}
