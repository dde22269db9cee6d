using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Inspection;

/// <summary>Writes what a module could ask for, for people.</summary>
internal static class AuthorityText
{
    public static void Write(ModuleAuthority authority, TextWriter output)
    {
        output.WriteLine($"{authority.File} could ask for{(authority.Possible.Count == 0 ? " nothing" : ":")}");
        foreach (var use in authority.Possible)
        {
            var access = use.Access == DirectoryAccess.None ? "" : $" ({DirectorySyntax.Describe(use.Access)})";
            output.WriteLine($"  {use.Syntax.ManifestKey}{access}: {string.Join(", ", use.Functions)}");
        }

        if (authority.StartsThreads) output.WriteLine("  threads: thread-spawn");
        output.WriteLine("it can certainly not use:");
        output.WriteLine($"  {string.Join(", ", authority.Impossible.Select(row => row.ManifestKey))}");
        foreach (var use in authority.Possible.Where(use => Missing(use) != DirectoryAccess.None))
        {
            output.WriteLine($"  {use.Syntax.ManifestKey} for: {DirectorySyntax.Describe(Missing(use))}");
        }

        if (authority.Others.Count > 0) output.WriteLine("it also imports, which only who offers it knows:");
        foreach (var (module, names) in authority.Others)
        {
            output.WriteLine($"  {PlainText.OneLine(module)}: {PlainText.OneLine(string.Join(", ", names))}");
        }
    }

    /// <summary>What a use of directories or files never does.</summary>
    public static DirectoryAccess Missing(PossibleUse use) => use.Syntax.Kind switch
    {
        CapabilityKind.Directory => DirectoryAccess.All & ~use.Access,
        CapabilityKind.File => FileGrant.AllAccess & ~use.Access,
        _ => DirectoryAccess.None,
    };
}
