using System.Reflection;
using System.Reflection.Emit;

namespace Coffer.Tests.Architecture;

/// <summary>Which types of an assembly use which others: in declarations, and in the code of methods.</summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> Opcodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(opcode => (ushort)opcode.Value, opcode => opcode)
        .ToDictionary(pair => (int)pair.Key, pair => pair.Value);

    /// <summary>Every pair of a type and a type of the same assembly that it uses.</summary>
    public static IEnumerable<(Type From, Type To)> Of(Assembly assembly) => assembly.GetTypes()
        .SelectMany(from => UsedBy(from).SelectMany(Parts).Where(to => to.Assembly == assembly).Select(to => (from, to)))
        .Distinct();

    /// <summary>Whether a type has pointers in its declarations or in the locals of its methods.</summary>
    public static bool UsesPointers(Type type) => UsedBy(type).Any(used => used.IsPointer || used.IsFunctionPointer);

    private static IEnumerable<Type> UsedBy(Type type)
    {
        if (type.BaseType is { } parent) yield return parent;
        foreach (var contract in type.GetInterfaces()) yield return contract;
        foreach (var field in type.GetFields(Declared)) yield return field.FieldType;
        foreach (var method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)))
        {
            foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
            if (method is MethodInfo { ReturnType: var result }) yield return result;
            if (method.GetMethodBody() is not { } body) continue;
            foreach (var local in body.LocalVariables) yield return local.LocalType;
            foreach (var used in InCode(method, body.GetILAsByteArray()!)) yield return used;
        }
    }

    private static IEnumerable<Type> InCode(MethodBase method, byte[] code)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var position = 0; position < code.Length;)
        {
            int number = code[position++];
            if (number == 0xFE) number = 0xFE00 | code[position++];
            var operand = Opcodes[number].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, position), typeArguments, methodArguments);
                if (member is Type used) yield return used;
                else if (member?.DeclaringType is { } declaring) yield return declaring;
            }

            position += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, position)),
                _ => 4,
            };
        }
    }

    /// <summary>The type itself, its elements and its arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.IsGenericParameter) return [];
        if (type.HasElementType) return Parts(type.GetElementType()!);
        if (!type.IsGenericType) return [type];
        return type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition());
    }
}
