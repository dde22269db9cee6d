using Coffer.Compilation;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>The delegates of the platform that function types of numbers have by themselves: Action and Func.</summary>
internal static class NaturalDelegate
{
    /// <summary>The type of delegates for a function type.</summary>
    public static Type Of(FunctionType type, bool takesCaller)
    {
        var arguments = type.Parameters.Select(CilTypes.Clr).ToList();
        if (takesCaller) arguments.Insert(0, typeof(Caller));
        var result = ResultShape.ReturnType(type);
        if (result == typeof(void) && arguments.Count == 0) return typeof(Action);
        var name = result == typeof(void) ? "System.Action" : "System.Func";
        if (result != typeof(void)) arguments.Add(result);
        return typeof(Action).Assembly.GetType($"{name}`{arguments.Count}", throwOnError: true)!.MakeGenericType([.. arguments]);
    }
}
