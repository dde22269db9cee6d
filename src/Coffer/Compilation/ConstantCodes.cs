using Coffer.Binary;

namespace Coffer.Compilation;

/// <summary>
/// How each constant expression of a module is evaluated. Those that are one instruction of the first edition are read from the
/// module when they are asked for: there may be tens of thousands, one for each data segment, and each is asked for once.
/// </summary>
/// <param name="module">The module.</param>
/// <param name="others">All other expressions, by the offset of their first byte.</param>
internal sealed class ConstantCodes(ModuleDefinition module, Dictionary<int, ConstantCode> others)
{
    /// <summary>The expressions that are not read when they are asked for, by the offset of their first byte.</summary>
    public Dictionary<int, ConstantCode> Others => others;

    /// <summary>The expressions of a module that are not read when they are asked for.</summary>
    public static List<ByteRange> ToRecord(ModuleDefinition module, Features features)
    {
        var expressions = new List<ByteRange>();
        foreach (var use in Validation.ConstantExpressions.Of(module, features))
        {
            if (Simple(module, use.Expression) is null) expressions.Add(use.Expression);
        }

        return expressions;
    }

    /// <summary>How an expression of the module is evaluated.</summary>
    public ConstantCode this[ByteRange expression] =>
        Simple(module, expression) is { } constant ? new ConstantCode(ConstantValue.Of(constant), -1) : others[expression.Offset];

    /// <summary>The expression when it is one of those that are read; else null.</summary>
    public static SimpleConstant? Simple(ModuleDefinition module, ByteRange expression)
    {
        var bytes = new WasmReader(module.Bytes.Span, expression);
        return SimpleConstant.Read(ref bytes);
    }
}
