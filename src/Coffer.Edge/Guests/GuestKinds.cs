using Coffer.Edge.Guests.Fastly;
using Coffer.Edge.Guests.Wagi;

namespace Coffer.Edge.Guests;

/// <summary>The kinds that there are, in the order in which they are tried.</summary>
internal static class GuestKinds
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<GuestKind> All { get; } = [new WagiKind(), new FastlyKind()];

    /// <summary>What a module imports, for who wonders why it is of no kind.</summary>
    public static string Describe(Module module)
    {
        var modules = module.Imports.Select(import => import.Module).Distinct().Take(8).ToList();
        var functions = module.Exports.Select(export => export.Name).Take(8).ToList();
        return $"It imports from {List(modules)} and exports {List(functions)}.";
    }

    private static string List(List<string> names) => names.Count == 0 ? "nothing" : string.Join(", ", names);
}
