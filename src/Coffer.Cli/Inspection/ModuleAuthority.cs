using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Cli.Inspection;

/// <summary>Authority that a module could ask for, and the functions by which it could.</summary>
internal sealed record PossibleUse(GrantSyntax Syntax, DirectoryAccess Access, IReadOnlyList<string> Functions);

/// <summary>What a module could ever ask for, told from its imports alone.</summary>
internal sealed record ModuleAuthority
{
    private const string ThreadModule = "wasi", SpawnThread = "thread-spawn";

    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>What it could ask for, in the order of the kinds.</summary>
    public required IReadOnlyList<PossibleUse> Possible { get; init; }

    /// <summary>The kinds that it cannot ask for.</summary>
    public IEnumerable<GrantSyntax> Impossible => GrantSyntax.All.Where(row => Possible.All(use => use.Syntax != row));

    /// <summary>Whether it can start threads.</summary>
    public bool StartsThreads { get; init; }

    /// <summary>What it imports that is not WASI's, by module; only the embedder knows what that does.</summary>
    public required IReadOnlyList<(string Module, IReadOnlyList<string> Names)> Others { get; init; }

    public static ModuleAuthority Of(string file, Module module)
    {
        var imports = module.Imports.Select(import => (import.Module, import.Name)).Distinct().ToList();
        var known = WasiOperations.All.ToDictionary(operation => operation.Name);
        var operations = imports.Where(import => WasiOperations.Modules.Contains(import.Module))
            .Select(import => known.GetValueOrDefault(import.Name)).OfType<WasiOperation>().Distinct().ToList();
        return new ModuleAuthority
        {
            File = file,
            Possible = [.. GrantSyntax.All.Select(row => Find(row, operations)).Where(use => use.Functions.Count > 0)],
            StartsThreads = imports.Contains((ThreadModule, SpawnThread)),
            Others = [.. imports
                .Where(import => import != (ThreadModule, SpawnThread)
                    && !(WasiOperations.Modules.Contains(import.Module) && known.ContainsKey(import.Name)))
                .GroupBy(import => import.Module, import => import.Name)
                .Select(group => (group.Key, (IReadOnlyList<string>)[.. group]))],
        };
    }

    private static PossibleUse Find(GrantSyntax syntax, List<WasiOperation> operations)
    {
        // A file is only read by who can open one.
        var uses = operations.SelectMany(operation => operation.Needs
            .Where(need => need.Kind == syntax.Kind)
            .Where(need => need.After is null || operations.Any(other => other.Name == need.After))
            .Select(need => (operation.Name, need.Access))).ToList();
        var access = uses.Aggregate(DirectoryAccess.None, (all, use) => all | use.Access);
        return new PossibleUse(syntax, access, [.. uses.Select(use => use.Name).Distinct()]);
    }
}
