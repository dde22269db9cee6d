namespace Coffer.Opa.Builtins;

/// <summary>The one table of all builtins that come with the library, group by group.</summary>
internal static class StandardBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() => [];
}
