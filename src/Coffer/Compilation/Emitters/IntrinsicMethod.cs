using System.Reflection;
using System.Runtime.Intrinsics;
using Coffer.Images;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// A method of the platform that RyuJIT replaces by instructions where it is called: a static method of
/// <see cref="Vector128"/> or <see cref="Vector128{T}"/>, or one of a processor's instructions.
/// </summary>
internal sealed class IntrinsicMethod
{
    private readonly Func<MethodInfo> _find;
    private MethodInfo? _method;

    private IntrinsicMethod(Func<MethodInfo> find) => _find = find;

    // The method to call, or its generic definition; looked for on first use, since a module uses few of the rows.
    private MethodInfo Method => _method ??= _find();

    // What the definition is made a method with; null when it is one. A program of machine code cannot construct a method that it
    // does not have itself, and can name it.
    private Type? Argument { get; init; }

    /// <summary>The token of the method to call in an image.</summary>
    public int TokenIn(SignatureWriter signatures) =>
        Argument is { } argument ? signatures.Method(Method, argument) : signatures.Method(Method);

    /// <summary>An operator, such as <c>op_Addition</c>, of the vector of <paramref name="element"/>.</summary>
    public static IntrinsicMethod Operator(string name, Type element) => new(() =>
    {
        // Not the operators between a vector and a single element, which are told apart in the definition only.
        var definition = Find(typeof(Vector128<>), name, method =>
            !method.GetParameters().Any(parameter => parameter.ParameterType.IsGenericParameter));
        return Find(typeof(Vector128<>).MakeGenericType(element), name, method =>
            method.HasSameMetadataDefinitionAs(definition));
    });

    /// <summary>A method of <see cref="Vector128"/> whose one type parameter is the element type.</summary>
    public static IntrinsicMethod Generic(string name, Type element) =>
        new(() => Find(typeof(Vector128), name, method => method.IsGenericMethodDefinition)) { Argument = element };

    /// <summary>A method that is not generic, by its parameters.</summary>
    public static IntrinsicMethod Plain(Type declaring, string name, params Type[] parameters) => new(() =>
        declaring.GetMethod(name, parameters) ?? throw new MissingMethodException(declaring.Name, name));

    /// <summary>An instruction of the processor, by its parameters.</summary>
    public static IntrinsicMethod Plain<T>(string name, params Type[] parameters) => Plain(typeof(T), name, parameters);

    private static MethodInfo Find(Type declaring, string name, Func<MethodInfo, bool> isMeant) =>
        declaring.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Single(method => method.Name == name && isMeant(method));
}
